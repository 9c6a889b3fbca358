import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { startLocalServers } from '../local/servers.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import {
  type Arguments,
  formatCommand,
  UsageError,
  readArguments,
  type ScenarioName,
  usage,
} from './arguments.js';
import { Bench, type ScenarioResult } from './bench.js';
import { writePage } from './html/page.js';
import { describeCommit, describeMachine } from './machine.js';
import { describeReport, readReport, type Report, writeReport } from './report.js';
import { latency } from './scenarios/latency.js';
import { backlog } from './scenarios/backlog.js';
import { flashSale } from './scenarios/flash-sale.js';
import { growth } from './scenarios/growth.js';
import { hotSku } from './scenarios/hot-sku.js';
import { orderFlow } from './scenarios/order-flow.js';
import { pruning } from './scenarios/pruning.js';
import { relay } from './scenarios/relay.js';
import { mergeReports } from './merge-reports.js';

/** `npm run bench`: see `usage`. To add a scenario, write it in `scenarios/` and name it here and in `arguments.ts`. */
const scenarios: Readonly<Record<ScenarioName, (bench: Bench) => Promise<ScenarioResult>>> = {
  'order-flow': orderFlow,
  latency,
  'hot-sku': hotSku,
  'flash-sale': flashSale,
  pruning,
  growth,
  backlog,
  relay,
};

const JSON_FILE = join(REPOSITORY_ROOT, 'tools', 'bench', 'results', 'latest.json');
const HTML_FILE = join(REPOSITORY_ROOT, 'tools', 'bench', 'results', 'latest.html');

/** @returns the exit code: 0 when every scenario of this run counts */
async function run(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  const measured = await measure(options);
  const report = mergeReports(measured, await readReport(JSON_FILE));
  await writeReport(JSON_FILE, report);
  await writePage(HTML_FILE, report);
  console.log(`\n${describeReport(report)}\n\nWritten to tools/bench/results/latest.json and latest.html`);
  return [...measured.results.values()].some(({ invalidReason }) => invalidReason !== undefined) ? 1 : 0;
}

async function measure(options: Arguments): Promise<Report> {
  const { quick, scenarios: names } = options;
  const startedAt = performance.now();
  const say = (line: string): void => console.error(line);
  const infrastructure = await startLocalServers({ report: say });
  try {
    const machine = await describeMachine(infrastructure);
    const commit = await describeCommit();
    const bench = new Bench(infrastructure, quick, say);
    try {
      for (const name of names) await bench.run(name, scenarios[name]);
    } finally {
      await bench.closeShop();
    }
    const { notMeasured } = bench;
    const { loadAverage } = machine;
    const at = new Date().toISOString();
    const origin = {
      at,
      commit,
      command: formatCommand(options),
      loadAverage,
      notMeasured,
    };
    const results = new Map([...bench.results].map(([name, outcome]) => [name, { ...origin, ...outcome }]));
    const durationSeconds = Math.round((performance.now() - startedAt) / 1000);
    return { at, commit, quick, machine, durationSeconds, notMeasured, results };
  } finally {
    await infrastructure.stop();
  }
}

function reportError(error: unknown): number {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ServerNotFoundError) console.error(error.message);
  else console.error(error);
  return error instanceof UsageError ? 2 : 1;
}

// What a failed start has left running would keep this process alive; it ends with it.
process.exit(await run(process.argv.slice(2)).catch(reportError));
