import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describeCommit } from '../bench/machine.js';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { readArguments, usage, UsageError } from './arguments.js';
import { Campaign } from './campaign.js';
import { ContinuousAudit } from './continuous-audit.js';
import { type CampaignResult, type Observations, waitAndEvaluate } from './evaluate-run.js';
import { guardExit } from './exit-guard.js';
import { Journal, readJournal, summarizeJournal } from './journal.js';
import { createProducts, LoadGenerator } from './load.js';
import { MessageRecorder } from './message-recorder.js';
import { createPlan, describePlan, type Plan } from './plan.js';
import { describeInjection, describeProgress, Progress } from './progress.js';
import { type CampaignSummary, describeRun } from './summary.js';
import { TestEnvironment } from './test-environment.js';

// `npm run chaos`: see `usage`.

/** Longer than a black hole, which delivers requests late; short enough for operations that are retried later. */
const KEY_RETENTION_MS = '12000';
/** Lets two minutes cover passed deadlines and unanswered gateway requests. */
const env = {
  order: { ORDER_DEADLINE_MS: '20000' },
  payment: {
    PAYMENT_GATEWAY_TIMEOUT_MS: '1000',
    PAYMENT_GATEWAY_KEY_RETENTION_MS: KEY_RETENTION_MS,
  },
  'gateway-simulator': { GATEWAY_KEY_RETENTION_MS: KEY_RETENTION_MS },
};
/** Gateway requests repeated under one key, as far as the payment service recorded them. */
const COUNT_REPEATED_REQUESTS =
  'SELECT coalesce(sum(greatest(attempts - 1, 0)), 0)::int AS count FROM gateway_operations';
/** Processes get 15 s for their graceful shutdown before SIGKILL, servers a few seconds more. */
const CLOSE_TIMEOUT_MS = 45_000;
/** After everything is closed, no handle may keep the process running. */
const EXIT_TIMEOUT_MS = 15_000;
const progress = new Progress(process.stderr);

async function main(args: readonly string[]): Promise<void> {
  const { help, planOnly, seed, durationMs } = readArguments(args, Math.random());
  const plan = createPlan(seed, durationMs);
  console.log(help ? usage : describePlan(plan));
  if (help || planOnly) return;
  const { replicas } = plan;
  const report = (line: string): void => progress.print(line);
  const environment = await TestEnvironment.start({
    servers: 'own',
    replicas,
    env,
    restartCrashed: true,
    report,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => environment.stopRestarting());
  try {
    const run = await runCampaign(plan, environment);
    console.log(`\n${describeRun(run)}`);
    if (run.result.problems.length === 0) return;
    process.exitCode = 1;
    await copyLogs(environment.folder, run.folder);
  } catch (error) {
    reportError(error);
  } finally {
    guardExit({ timeoutMs: CLOSE_TIMEOUT_MS });
    await environment.close();
  }
}

async function runCampaign(plan: Plan, environment: TestEnvironment): Promise<CampaignSummary> {
  const folder = join(REPOSITORY_ROOT, '.local', 'chaos', `seed-${plan.seed}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const journal = new Journal(join(folder, 'journal.jsonl'));
  await MessageRecorder.declareDurableQueue(environment.rabbitmqUrl);
  const audits = new ContinuousAudit(environment.auditSources);
  const { campaign, failures } = await injectUnderLoad(plan, environment, journal).finally(() => {
    progress.clearStatus();
    journal.close();
  });
  await audits.stop();

  const journalSummary = summarizeJournal(readJournal(journal.path));
  const result = await evaluateWithProgress(environment, {
    journal: journalSummary,
    violatedDuringFaults: audits.violations,
    unexpectedExits: [...environment.supervised.values()].flatMap((process) => process.unexpectedExits),
    failures,
  });
  const [repeated] = await environment.query<{ count: number }>('payment', COUNT_REPEATED_REQUESTS);
  return {
    seed: plan.seed,
    minutes: plan.durationMs / 60_000,
    commit: await describeCommit(),
    faults: campaign.injected,
    journal: journalSummary,
    recorded: await MessageRecorder.drain(environment.rabbitmqUrl),
    repeatedGatewayRequests: repeated?.count ?? 0,
    continuousAudits: audits.passedCount,
    result,
    folder,
  };
}

async function injectUnderLoad(
  plan: Plan,
  environment: TestEnvironment,
  journal: Journal,
): Promise<{ campaign: Campaign; failures: readonly string[] }> {
  const products = await createProducts(environment.shop);
  const { orderUrls, tokens } = environment;
  const load = new LoadGenerator({ seed: plan.seed, orderUrls, tokens, products, journal });
  const campaign = new Campaign(environment, plan, (fault, event) => {
    const { kind, target } = fault;
    journal.add({ fault: kind, ...(target !== undefined && { target }), event });
    if (event === 'injected') progress.print(describeInjection(campaign, fault));
  });
  progress.showStatus(() => describeProgress(campaign, load));
  const failures: string[] = [];
  const loadDone = load.run().catch((error: unknown) => void failures.push(String(error)));
  await campaign.run();
  load.stop();
  await loadDone;
  return { campaign, failures: [...failures, ...campaign.failures] };
}

async function evaluateWithProgress(
  environment: TestEnvironment,
  observations: Observations,
): Promise<CampaignResult> {
  let pending = '';
  progress.print('Waiting until the shop is idle');
  progress.showStatus(() => `  in progress: ${pending}`);
  try {
    return await waitAndEvaluate(environment, observations, (idle) => {
      pending = idle.pending.map(({ en }) => en).join('; ');
    });
  } finally {
    progress.clearStatus();
  }
}

async function copyLogs(from: string, to: string): Promise<void> {
  const logs = (await readdir(from)).filter((name) => name.endsWith('.log') || name.endsWith('.jsonl'));
  await Promise.all(logs.map((name) => copyFile(join(from, name), join(to, name))));
}

function reportError(error: unknown): void {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ServerNotFoundError) console.error(error.message);
  else console.error(error);
  process.exitCode = 2;
}

ignoreClosedOutput();
await main(process.argv.slice(2)).catch(reportError);
guardExit({ timeoutMs: EXIT_TIMEOUT_MS });
