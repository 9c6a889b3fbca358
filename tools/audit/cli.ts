import { ConfigurationError } from '#config';
import { audit } from './audit.js';
import { Misused, parseCommandLine, usage } from './command-line.js';
import { loadSources } from './config.js';
import { describeReport } from './print.js';
import { waitUntilQuiet } from './wait-until-idle.js';
import { SourceUnavailable } from './snapshot.js';

export interface Output {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** What `npm run audit` does; see {@link usage}. @returns the exit code */
export async function runAudit(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  output: Output,
): Promise<number> {
  try {
    return await run(args, env, output);
  } catch (error) {
    output.printError(explain(error));
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
  const quiet = instant ? undefined : await waitUntilQuiet(sources, waitMs);
  const report = await audit(sources, { instant });
  print(json ? JSON.stringify({ ...report, quiet }, null, 2) : describeReport(report, quiet, language));
  return report.holds && quiet?.isQuiet !== false ? 0 : 1;
}

function explain(error: unknown): string {
  if (error instanceof Misused) return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigurationError || error instanceof SourceUnavailable) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
