import { join } from 'node:path';
import { CLONE } from '../stack/clone.js';
import { startInfrastructure } from '../stack/infrastructure.js';
import { Unavailable } from '../stack/unavailable.js';
import { type Arguments, Misused, readArguments, type ScenarioName, usage } from './arguments.js';
import { Bench, type Result } from './bench.js';
import { commitOf, describeMachine } from './machine.js';
import { describeReport, type Report, writeReport } from './report.js';
import { RunVoid } from './run-void.js';
import { accept } from './scenarios/accept.js';
import { orderFlow } from './scenarios/order-flow.js';
import { relay } from './scenarios/relay.js';

/** `npm run bench`: see `usage`. To add a scenario, write it in `scenarios/` and name it here and in `arguments.ts`. */
const scenarios: Readonly<Record<ScenarioName, (bench: Bench) => Promise<Result>>> = {
  'order-flow': orderFlow,
  accept,
  relay,
};

const LATEST = join(CLONE, 'bench', 'results', 'latest.json');

async function run(args: readonly string[]): Promise<void> {
  const asked = readArguments(args);
  if (asked.help) return void process.stdout.write(usage);
  const report = await measure(asked);
  await writeReport(LATEST, report);
  console.log(`\n${describeReport(report)}\n\nWritten to bench/results/latest.json`);
}

async function measure({ quick, scenarios: names }: Arguments): Promise<Report> {
  const say = (line: string): void => console.error(line);
  const infrastructure = await startInfrastructure({ report: say });
  try {
    const machine = await describeMachine(infrastructure);
    const bench = new Bench(infrastructure, quick, say);
    try {
      for (const name of names) await bench.run(name, scenarios[name]);
    } finally {
      await bench.closeShop();
    }
    const at = new Date().toISOString();
    return { at, commit: await commitOf(), quick, machine, results: bench.results };
  } finally {
    await infrastructure.stop();
  }
}

function explain(error: unknown): number {
  if (error instanceof Misused) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof RunVoid) console.error(`The run is void.\n${error.message}`);
  else if (error instanceof Unavailable) console.error(error.message);
  else console.error(error);
  return error instanceof Misused ? 2 : 1;
}

// What a failed start has left running would keep this process alive; it ends with it.
await run(process.argv.slice(2)).catch((error: unknown) => process.exit(explain(error)));
