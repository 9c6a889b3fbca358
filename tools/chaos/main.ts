import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { commitOf } from '../bench/machine.js';
import type { AuditSources } from '../audit/sources.js';
import { CLONE } from '../client/repository-root.js';
import { Unavailable } from '../local/server-not-found.js';
import { Arena } from './test-environment.js';
import { Misused, readArguments, usage } from './arguments.js';
import { Campaign } from './campaign.js';
import { Journal, readJournal, toldIn } from './journal.js';
import { describePlan, type Fault, type Plan, planOf } from './plan.js';
import { Progress } from './progress.js';
import { Shoppers, stockUp } from './load.js';
import { describeRun, type Run } from './summary.js';
import { AuditsUnderFire } from './continuous-audit.js';
import { countIn, judge, type Seen, type Verdict } from './evaluate-run.js';
import { readTap, tap } from './message-recorder.js';

/** `npm run chaos`: see `usage`. */
/** Questions to the gateway beyond the first under the same key, as far as it was known that they were asked. */
const REPEATS = 'SELECT coalesce(sum(attempts - 1), 0)::int AS count FROM gateway_operations';
const progress = new Progress(process.stderr);

async function main(args: readonly string[]): Promise<number> {
  const { help, planOnly, seed, durationMs } = readArguments(args, Math.random());
  const plan = planOf(seed, durationMs);
  if (help || planOnly) {
    console.log(help ? usage : describePlan(plan));
    return 0;
  }
  console.log(describePlan(plan));
  const arena = await Arena.open(plan, (line) => progress.line(line));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => arena.abandon());
  try {
    const run = await runThrough(plan, arena);
    console.log(`\n${describeRun(run)}`);
    if (run.verdict.wrongs.length === 0) return 0;
    await keepLogs(arena.folder, run.folder);
    return 1;
  } finally {
    await arena.close();
  }
}

async function runThrough(plan: Plan, arena: Arena): Promise<Run> {
  const folder = join(CLONE, '.local', 'chaos', `seed-${plan.seed}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const journal = new Journal(join(folder, 'journal.jsonl'));
  await tap(arena.rabbitmqUrl);
  const goods = await stockUp(arena.shop);

  const shoppers = new Shoppers({ seed: plan.seed, orderUrls: arena.orderUrls, goods, journal });
  const audits = new AuditsUnderFire(arena.auditSources);
  const campaign = new Campaign(arena, plan, (fault) => progress.line(describeStrike(campaign, fault)));
  progress.begin(() => describeNow(campaign, shoppers));
  const failures: string[] = [];
  const shopping = shoppers.shop().catch((error: unknown) => void failures.push(String(error)));
  await campaign.run();
  shoppers.leave();
  await shopping;
  progress.end();
  await audits.stop();
  journal.close();

  const told = toldIn(readJournal(journal.path));
  const endings = [...arena.processes.values()].flatMap((process) => process.endings);
  const verdict = await judgeAloud(arena.auditSources, {
    told,
    violatedUnderFire: audits.violated,
    endings,
    failures: [...failures, ...campaign.failures],
  });
  return {
    seed: plan.seed,
    minutes: plan.durationMs / 60_000,
    commit: await commitOf(),
    faults: campaign.struck,
    told,
    wire: await readTap(arena.rabbitmqUrl),
    gatewayRepeats: await countIn(arena.databaseUrls.payment, REPEATS),
    auditsUnderFire: audits.held,
    verdict,
    folder,
  };
}

async function judgeAloud(sources: AuditSources, seen: Seen): Promise<Verdict> {
  let underWay = '';
  progress.line('Waiting until all is quiet');
  progress.begin(() => `  under way: ${underWay}`);
  try {
    return await judge(sources, seen, (quiet) => (underWay = quiet.underWay.map(({ en }) => en).join('; ')));
  } finally {
    progress.end();
  }
}

function describeStrike({ elapsedMs }: Campaign, { kind, target, forMs }: Fault): string {
  const what = target === undefined ? kind : `${kind} (${target})`;
  return `${(elapsedMs / 1000).toFixed(1).padStart(7)} s  ${what}, for ${(forMs / 1000).toFixed(1)} s`;
}

function describeNow({ elapsedMs, struck, broken }: Campaign, { acceptedCount, waiting }: Shoppers): string {
  const now = [...broken].map(({ kind, target }) => (target === undefined ? kind : `${kind} (${target})`));
  return (
    `${(elapsedMs / 1000).toFixed(1).padStart(7)} s  ${acceptedCount} orders accepted, ${waiting} being placed, ` +
    `${struck.length} faults${now.length === 0 ? '' : `; broken: ${now.join(', ')}`}`
  );
}

async function keepLogs(from: string, to: string): Promise<void> {
  const logs = (await readdir(from)).filter((name) => name.endsWith('.log') || name.endsWith('.jsonl'));
  await Promise.all(logs.map((name) => copyFile(join(from, name), join(to, name))));
}

function explain(error: unknown): number {
  if (error instanceof Misused) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof Unavailable) console.error(error.message);
  else console.error(error);
  return 2;
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
