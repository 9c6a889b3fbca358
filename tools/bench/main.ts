import { loadavg } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { startLocalServers } from '../local/servers.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import {
  type Arguments,
  formatCommand,
  UsageError,
  readArguments,
  type ScenarioName,
  usage,
} from './arguments.js';
import { Bench, type ScenarioResult } from './bench.js';
import { describeCommit, describeMachine } from './machine.js';
import { listServerProcesses } from './measure.js';
import { assertIdleMachine, publishFigures } from './publish-figures.js';
import { describeReport, type Report, writeReport } from './report.js';
import { latency } from './scenarios/latency.js';
import { backlog } from './scenarios/backlog.js';
import { flashSale } from './scenarios/flash-sale.js';
import { growth } from './scenarios/growth.js';
import { hotSku } from './scenarios/hot-sku.js';
import { orderFlow } from './scenarios/order-flow.js';
import { pruning } from './scenarios/pruning.js';
import { relay } from './scenarios/relay.js';

/** `npm run bench`: see `usage`. A new scenario needs a file in `scenarios/`, an entry here and one in `arguments.ts`. */
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

const RESULTS = join('tools', 'bench', 'results', 'latest.json');

/** @returns the exit code: 0 when every scenario is valid */
async function run(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (options.publish) assertIdleMachine(loadavg()[0] ?? 0);
  const report = await measure(options);
  await writeReport(join(REPOSITORY_ROOT, RESULTS), report);
  console.log(`\n${describeReport(report)}\n\nWritten to ${RESULTS}`);
  if ([...report.scenarios.values()].some(({ invalidReason }) => invalidReason !== undefined)) return 1;
  if (options.publish)
    console.log(`Written to ${(await publishFigures(REPOSITORY_ROOT, report)).join(', ')}`);
  return 0;
}

async function measure(options: Arguments): Promise<Report> {
  const { quick, against, tracePercent, scenarios: names } = options;
  const startedAt = performance.now();
  const log = (line: string): void => console.error(line);
  const infrastructure = await startLocalServers({ report: log });
  try {
    const machine = await describeMachine(infrastructure);
    const commit = await describeCommit();
    const measuredServers = (await listServerProcesses(infrastructure.folder)).map(({ name }) => name);
    const bench = new Bench({ infrastructure, measuredServers, quick, against, tracePercent, log });
    try {
      for (const name of names) await bench.run(name, scenarios[name]);
    } finally {
      await bench.closeShop();
    }
    return {
      at: new Date().toISOString(),
      commit,
      command: formatCommand(options),
      quick,
      machine,
      durationSeconds: Math.round((performance.now() - startedAt) / 1000),
      notMeasured: bench.notMeasured,
      scenarios: bench.results,
    };
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

ignoreClosedOutput();
// After a failed start, child processes and sockets would keep this process running.
process.exit(await run(process.argv.slice(2)).catch(reportError));
