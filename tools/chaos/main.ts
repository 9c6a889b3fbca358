import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describeCommit } from '../bench/machine.js';
import type { AuditSources } from '../audit/sources.js';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { TestEnvironment } from './test-environment.js';
import { UsageError, readArguments, usage } from './arguments.js';
import { Campaign } from './campaign.js';
import { Journal, readJournal, summarizeJournal } from './journal.js';
import { describePlan, type Fault, type Plan, createPlan } from './plan.js';
import { Progress } from './progress.js';
import { LoadGenerator, createProducts } from './load.js';
import { describeRun, type CampaignSummary } from './summary.js';
import { ContinuousAudit } from './continuous-audit.js';
import { queryCount, waitAndEvaluate, type Observations, type CampaignResult } from './evaluate-run.js';
import { readMessageRecorder, startMessageRecorder } from './message-recorder.js';

// `npm run chaos`: see `usage`.

/** Requests to the gateway beyond the first under the same key, as far as it was known that they were sent. */
const COUNT_REPEATED_REQUESTS = 'SELECT coalesce(sum(attempts - 1), 0)::int AS count FROM gateway_operations';
const progress = new Progress(process.stderr);

async function main(args: readonly string[]): Promise<number> {
  const { help, planOnly, seed, durationMs } = readArguments(args, Math.random());
  const plan = createPlan(seed, durationMs);
  if (help || planOnly) {
    console.log(help ? usage : describePlan(plan));
    return 0;
  }
  console.log(describePlan(plan));
  const environment = await TestEnvironment.start(plan, (line) => progress.print(line));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => environment.stopRestarting());
  try {
    const run = await runCampaign(plan, environment);
    console.log(`\n${describeRun(run)}`);
    if (run.result.problems.length === 0) return 0;
    await copyLogs(environment.folder, run.folder);
    return 1;
  } finally {
    await environment.close();
  }
}

async function runCampaign(plan: Plan, environment: TestEnvironment): Promise<CampaignSummary> {
  const folder = join(REPOSITORY_ROOT, '.local', 'chaos', `seed-${plan.seed}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const journal = new Journal(join(folder, 'journal.jsonl'));
  await startMessageRecorder(environment.rabbitmqUrl);
  const products = await createProducts(environment.shop);

  const load = new LoadGenerator({
    seed: plan.seed,
    orderUrls: environment.orderUrls,
    products,
    journal,
  });
  const audits = new ContinuousAudit(environment.auditSources);
  const campaign = new Campaign(environment, plan, (fault) =>
    progress.print(describeInjection(campaign, fault)),
  );
  progress.showStatus(() => describeProgress(campaign, load));
  const failures: string[] = [];
  const loadDone = load.run().catch((error: unknown) => void failures.push(String(error)));
  await campaign.run();
  load.stop();
  await loadDone;
  progress.clearStatus();
  await audits.stop();
  journal.close();

  const journalSummary = summarizeJournal(readJournal(journal.path));
  const unexpectedExits = [...environment.processes.values()].flatMap((process) => process.unexpectedExits);
  const result = await evaluateWithProgress(environment.auditSources, {
    journal: journalSummary,
    violatedDuringFaults: audits.violations,
    unexpectedExits,
    failures: [...failures, ...campaign.failures],
  });
  return {
    seed: plan.seed,
    minutes: plan.durationMs / 60_000,
    commit: await describeCommit(),
    faults: campaign.injected,
    journal: journalSummary,
    recorded: await readMessageRecorder(environment.rabbitmqUrl),
    repeatedGatewayRequests: await queryCount(environment.databaseUrls.payment, COUNT_REPEATED_REQUESTS),
    continuousAudits: audits.passedCount,
    result,
    folder,
  };
}

async function evaluateWithProgress(sources: AuditSources, seen: Observations): Promise<CampaignResult> {
  let pending = '';
  progress.print('Waiting until idle');
  progress.showStatus(() => `  under way: ${pending}`);
  try {
    return await waitAndEvaluate(
      sources,
      seen,
      (idle) => (pending = idle.pending.map(({ en }) => en).join('; ')),
    );
  } finally {
    progress.clearStatus();
  }
}

function describeInjection({ elapsedMs }: Campaign, { kind, target, durationMs }: Fault): string {
  const what = target === undefined ? kind : `${kind} (${target})`;
  return `${(elapsedMs / 1000).toFixed(1).padStart(7)} s  ${what}, for ${(durationMs / 1000).toFixed(1)} s`;
}

function describeProgress(
  { elapsedMs, injected, active }: Campaign,
  { acceptedCount, inFlight }: LoadGenerator,
): string {
  const now = [...active].map(({ kind, target }) => (target === undefined ? kind : `${kind} (${target})`));
  return (
    `${(elapsedMs / 1000).toFixed(1).padStart(7)} s  ${acceptedCount} orders accepted, ${inFlight} being placed, ` +
    `${injected.length} faults${now.length === 0 ? '' : `; broken: ${now.join(', ')}`}`
  );
}

async function copyLogs(from: string, to: string): Promise<void> {
  const logs = (await readdir(from)).filter((name) => name.endsWith('.log') || name.endsWith('.jsonl'));
  await Promise.all(logs.map((name) => copyFile(join(from, name), join(to, name))));
}

function reportError(error: unknown): number {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ServerNotFoundError) console.error(error.message);
  else console.error(error);
  return 2;
}

process.exitCode = await main(process.argv.slice(2)).catch(reportError);
