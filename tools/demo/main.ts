import { type LocalServers, startLocalServers } from '../local/servers.js';
import { type LocalShop, startLocalShop } from '../local/shop.js';
import { locateRabbitmq } from '../local/rabbitmq-local.js';
import { ShopClient } from '../client/shop-client.js';
import { LocalConsole } from '../console/local-console.js';
import { TokenSource } from '../client/token-source.js';
import { onShutdown } from '../local/shutdown.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';

import { type Arguments, parseArguments } from './arguments.js';
import { DatabaseReader } from './database-reader.js';
import { Broker } from './broker.js';
import { Screen } from './screen.js';
import { runWalkthrough, type CheckCounts } from './walkthrough.js';
import { translations as allTranslations } from './translations.js';
import { showThingsToTry } from './things-to-try.js';

const LOG_LINES_SHOWN = 5;

const parsed = parseArguments(process.argv.slice(2), process.env);
const translations = allTranslations[parsed.language];
const screen = new Screen(process.stdout, process.env);
/** Set by a signal or Ctrl-C: shutdown handlers stop all processes, then this process exits. */
let isShuttingDown = false;

ignoreClosedOutput();
if ('argument' in parsed) {
  console.error(translations.invalidArgument(parsed.argument));
  process.exitCode = 2;
} else if (parsed.help) {
  screen.line(translations.usage);
} else {
  handleSignals();
  process.exitCode = (await runDemo(parsed).catch(reportFailure)) ? 0 : 1;
}

/** Starts servers and services, runs the walkthrough, stops them. @returns whether every promise is kept */
async function runDemo({ keep, yes, language }: Arguments): Promise<boolean> {
  screen.line(screen.style('bold', translations.opening));
  screen.prose(translations.about);
  screen.line();
  const startedAt = performance.now();
  const servers = await startServers(yes);
  try {
    const localConsole = keep ? new LocalConsole() : undefined;
    const localShop = await startServices(servers, localConsole);
    screen.line(translations.ready(secondsSince(startedAt)));
    await showConsole(localShop, localConsole);
    const context = {
      ...(await openClients(localShop)),
      localShop,
      servers,
      screen,
      translations,
      language,
    };
    try {
      const counts = await runWalkthrough(context);
      showSummary(counts, context.shop.acceptedIds.length, secondsSince(startedAt));
      if (keep) {
        await showThingsToTry(context);
        await waitForever();
      }
      screen.line(translations.tryKeepRunning);
      return counts.passed === counts.checked;
    } catch (error) {
      if (!isShuttingDown) await showLogs(localShop);
      throw error;
    } finally {
      await unlessShuttingDown(() => stopServices(localShop, context));
    }
  } finally {
    await unlessShuttingDown(() => servers.stop());
    screen.line(translations.stopped);
  }
}

async function startServers(assumeYes: boolean): Promise<LocalServers> {
  // The installation of RabbitMQ prompts for confirmation, which a redrawn status line would overwrite.
  const mayPrompt =
    !assumeYes && process.env['RABBITMQ_URL'] === undefined && (await locateRabbitmq()) === undefined;
  const report = (line: string): void => screen.evidence(line);
  return screen.withStatus(
    translations.startingServers,
    () => startLocalServers({ report, ...(assumeYes && { assumeYes }) }),
    mayPrompt,
  );
}

async function startServices(
  { postgres, rabbitmq, folder }: LocalServers,
  localConsole: LocalConsole | undefined,
): Promise<LocalShop> {
  const { databases } = postgres;
  const { virtualHosts } = rabbitmq;
  const localShop = await screen.withStatus(translations.startingServices, () =>
    startLocalShop({ databases, virtualHosts, folder, ...localConsole?.shopOptions }),
  );
  // On a signal, stops all services concurrently instead of one after the other.
  onShutdown(() => localShop.stop());
  for (const { name, url, pid } of Object.values(localShop.processes))
    screen.evidence(translations.running(name, url, pid ?? 0));
  return localShop;
}

/** Starts the page that shows the shop, and prints its link: the walkthrough can be watched on it. */
async function showConsole(localShop: LocalShop, localConsole: LocalConsole | undefined): Promise<void> {
  if (!localConsole) return;
  const report = (line: string): void => screen.evidence(line);
  const running = await localConsole.start(localShop, { report });
  onShutdown(() => running.close());
  screen.line();
  screen.line(screen.style('bold', translations.console(running.createLink())));
}

/** Opens the clients of REST API, databases and broker. */
async function openClients({ processes, databaseUrls, rabbitmqUrl, brokerUrls, accessKey }: LocalShop) {
  const urls = {
    order: processes.order.url,
    inventory: processes.inventory.url,
    payment: processes.payment.url,
    'gateway-simulator': processes['gateway-simulator'].url,
  };
  return {
    shop: new ShopClient(urls, new TokenSource(accessKey)),
    database: new DatabaseReader(databaseUrls),
    broker: await Broker.connect(rabbitmqUrl, brokerUrls.order),
  };
}

async function stopServices(
  localShop: LocalShop,
  { database, broker }: { database: DatabaseReader; broker: Broker },
): Promise<void> {
  await screen.withStatus(translations.stopping, async () => {
    await Promise.all([database.close(), broker.close()]);
    await localShop.stop();
  });
}

function showSummary({ passed, checked }: CheckCounts, orders: number, seconds: string): void {
  screen.line();
  screen.result(
    passed === checked,
    screen.style('bold', translations.summary(passed, checked, orders, seconds)),
  );
  screen.line();
  for (const line of translations.readNext) screen.line(line);
}

async function showLogs({ processes }: LocalShop): Promise<void> {
  for (const process of Object.values(processes)) {
    screen.line(translations.lastLines(process.name));
    screen.line(await process.lastLogLines(LOG_LINES_SHOWN));
  }
}

async function reportFailure(error: unknown): Promise<boolean> {
  await unlessShuttingDown(async () => {});
  const message = error instanceof Error ? error.message || error.name : String(error);
  // The message of ServerNotFoundError is complete: it names the missing server and the remedies.
  screen.line(
    screen.style('red', error instanceof ServerNotFoundError ? message : translations.failed(message)),
  );
  return false;
}

/** Prints the shutdown; the handlers of tools/local/shutdown.ts stop the processes and exit. */
function handleSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isShuttingDown = true;
      screen.closeWith(`\n${translations.stopping}`);
    });
  }
  onShutdown(() => Promise.resolve(screen.closeWith(translations.stopped)));
}

async function unlessShuttingDown(stop: () => Promise<void>): Promise<void> {
  await (isShuttingDown ? waitForever() : stop());
}

function waitForever(): Promise<never> {
  return new Promise(() => {});
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
