import { type Command, InvalidArgumentError } from 'commander';
import { startConsole } from '../../console/server/console-server.js';
import type { CommandContext, RunCommand } from '../command-context.js';

interface ConsoleCommandOptions {
  readonly act?: boolean;
  readonly lab?: boolean;
  readonly port: number;
  readonly host?: string;
}

/** `ops console` */
export function addConsoleCommand(program: Command, run: RunCommand): void {
  program
    .command('console')
    .description('serves a page that shows the shop live, on 127.0.0.1, until Ctrl-C')
    .option('--act', 'also place orders, and replay or discard dead letters; without it the page only reads')
    .option('--lab', 'also inject faults, if the gateway is the simulator')
    .option('--port <number>', 'port of the page; 0 selects a free one', parsePort, 3004)
    .option('--host <address>', 'address to listen on; default: 127.0.0.1. Only for containers')
    .action((options: ConsoleCommandOptions) => run((context) => serve(context, options)));
}

async function serve({ config, terminal }: CommandContext, options: ConsoleCommandOptions): Promise<void> {
  const report = (line: string): void => terminal.print(line);
  const { act, lab, port, host } = options;
  const running = await startConsole({ config, report, act, lab, port, host });
  terminal.print(`Open this link once, within 15 minutes: ${running.createLink()}`);
  await new Promise<void>((resolve) => {
    terminal.onInterrupt(resolve);
    process.once('SIGTERM', resolve);
  });
  await running.close();
}

function parsePort(given: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}
