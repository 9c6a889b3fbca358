import { join } from 'node:path';
import { CLONE } from '../client/repository-root.js';
import { startInfrastructure } from '../local/servers.js';
import { Unavailable } from '../local/server-not-found.js';
import { type Arguments, commandOf, Misused, readArguments, type ScenarioName, usage } from './arguments.js';
import { Bench, type Result } from './bench.js';
import { NoResults, writeDocs } from './docs/write-docs.js';
import { writePage } from './html/page.js';
import { commitOf, describeMachine } from './machine.js';
import { describeReport, readReport, type Report, writeReport } from './report.js';
import { accept } from './scenarios/accept.js';
import { backlog } from './scenarios/backlog.js';
import { flashSale } from './scenarios/flash-sale.js';
import { growth } from './scenarios/growth.js';
import { hotSku } from './scenarios/hot-sku.js';
import { orderFlow } from './scenarios/order-flow.js';
import { profile } from './scenarios/profile.js';
import { pruning } from './scenarios/pruning.js';
import { relay } from './scenarios/relay.js';
import { withEarlier } from './with-earlier.js';

/** `npm run bench`: see `usage`. To add a scenario, write it in `scenarios/` and name it here and in `arguments.ts`. */
const scenarios: Readonly<Record<ScenarioName, (bench: Bench) => Promise<Result>>> = {
  'order-flow': orderFlow,
  profile,
  accept,
  'hot-sku': hotSku,
  'flash-sale': flashSale,
  pruning,
  growth,
  backlog,
  relay,
};

const LATEST = join(CLONE, 'tools', 'bench', 'results', 'latest.json');
const PAGE = join(CLONE, 'tools', 'bench', 'results', 'latest.html');

/** @returns the exit code: 0 when every scenario of this run counts */
async function run(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (asked.writeDocs) {
    for (const page of await writeDocs(LATEST)) console.log(`Written: ${page}`);
    return 0;
  }
  const measured = await measure(asked);
  const report = withEarlier(measured, await readReport(LATEST));
  await writeReport(LATEST, report);
  await writePage(PAGE, report);
  console.log(`\n${describeReport(report)}\n\nWritten to tools/bench/results/latest.json and latest.html`);
  return [...measured.results.values()].some(({ isVoid }) => isVoid !== undefined) ? 1 : 0;
}

async function measure(asked: Arguments): Promise<Report> {
  const { quick, scenarios: names } = asked;
  const startedAt = performance.now();
  const say = (line: string): void => console.error(line);
  const infrastructure = await startInfrastructure({ report: say });
  try {
    const machine = await describeMachine(infrastructure);
    const commit = await commitOf();
    const bench = new Bench(infrastructure, quick, say);
    try {
      for (const name of names) await bench.run(name, scenarios[name]);
    } finally {
      await bench.closeShop();
    }
    const { leftOut } = bench;
    const { loadBefore } = machine;
    const at = new Date().toISOString();
    const origin = { at, commit, command: commandOf(asked), loadBefore, leftOut };
    const results = new Map([...bench.results].map(([name, outcome]) => [name, { ...origin, ...outcome }]));
    const tookSeconds = Math.round((performance.now() - startedAt) / 1000);
    return { at, commit, quick, machine, tookSeconds, leftOut, results };
  } finally {
    await infrastructure.stop();
  }
}

function explain(error: unknown): number {
  if (error instanceof Misused) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof Unavailable || error instanceof NoResults) console.error(error.message);
  else console.error(error);
  return error instanceof Misused ? 2 : 1;
}

// What a failed start has left running would keep this process alive; it ends with it.
process.exit(await run(process.argv.slice(2)).catch(explain));
