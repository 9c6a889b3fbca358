import { ConfigurationError } from '#config';
import { audit } from './audit.js';
import { UsageError, parseCommandLine, usage } from './command-line.js';
import { loadSources } from './config.js';
import { describeReport } from './print.js';
import { waitUntilIdle } from './wait-until-idle.js';
import { SourceUnavailableError } from './snapshot.js';

export interface Output {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Runs `npm run audit`; see {@link usage}. @returns the exit code */
export async function runAudit(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  output: Output,
): Promise<number> {
  try {
    return await run(args, env, output);
  } catch (error) {
    output.printError(describeError(error));
    return 2;
  }
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv, { print }: Output): Promise<number> {
  const { help, json, instant, waitMs, language } = parseCommandLine(args);
  if (help) {
    print(usage);
    return 0;
  }
  const sources = loadSources(env);
  const idle = instant ? undefined : await waitUntilIdle(sources, waitMs);
  const report = await audit(sources, { instant });
  print(json ? JSON.stringify({ ...report, idle }, null, 2) : describeReport(report, idle, language));
  return report.holds && idle?.isIdle !== false ? 0 : 1;
}

function describeError(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigurationError || error instanceof SourceUnavailableError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
