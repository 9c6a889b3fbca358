import { type Infrastructure, startInfrastructure } from '../local/servers.js';
import { type Platform, startPlatform } from '../local/shop.js';
import { locateRabbitmq } from '../local/rabbitmq-local.js';
import { Shop } from '../client/shop-client.js';
import { onShutdown } from '../local/shutdown.js';
import { Unavailable } from '../local/server-not-found.js';

import { type Arguments, readArguments } from './arguments.js';
import { Books } from './database-reader.js';
import { Broker } from './broker.js';
import { Screen } from './screen.js';
import { tell, type Verdicts } from './story.js';
import { texts as textsIn } from './translations.js';
import { showThingsToTry } from './things-to-try.js';

const LOG_LINES_SHOWN = 5;

const asked = readArguments(process.argv.slice(2), process.env);
const texts = textsIn[asked.language];
const screen = new Screen(process.stdout, process.env);
/** Somebody pressed Ctrl-C, or sent a signal: everything is being stopped, and this process ends when it is. */
let isToldToEnd = false;

if ('argument' in asked) {
  console.error(texts.notUnderstood(asked.argument));
  process.exitCode = 2;
} else if (asked.help) {
  screen.line(texts.usage);
} else {
  listenForTheEnd();
  process.exitCode = (await demo(asked).catch(failed)) ? 0 : 1;
}

/** Starts everything, tells the story, stops everything. @returns whether every promise was kept */
async function demo({ keep, yes, language }: Arguments): Promise<boolean> {
  screen.line(screen.ink('bold', texts.opening));
  screen.prose(texts.about);
  screen.line();
  const startedAt = performance.now();
  const infrastructure = await startServers(yes);
  try {
    const platform = await startServices(infrastructure);
    screen.line(texts.ready(secondsSince(startedAt)));
    const scene = { ...(await lookInto(platform)), platform, infrastructure, screen, texts, language };
    try {
      const verdicts = await tell(scene);
      showSummary(verdicts, scene.shop.accepted.length, secondsSince(startedAt));
      if (keep) {
        showThingsToTry(scene);
        await forever();
      }
      screen.line(texts.tryKeep);
      return verdicts.kept === verdicts.checked;
    } catch (error) {
      if (!isToldToEnd) await showLogs(platform);
      throw error;
    } finally {
      await unlessToldToEnd(() => stopServices(platform, scene));
    }
  } finally {
    await unlessToldToEnd(() => infrastructure.stop());
    screen.line(texts.stopped);
  }
}

async function startServers(assumeYes: boolean): Promise<Infrastructure> {
  // Where RabbitMQ has to be installed, the reader is asked first: nothing may be drawn over that question.
  const mayAsk =
    !assumeYes && process.env['RABBITMQ_URL'] === undefined && (await locateRabbitmq()) === undefined;
  const report = (line: string): void => screen.evidence(line);
  return screen.during(
    texts.startingServers,
    () => startInfrastructure({ report, ...(assumeYes && { assumeYes }) }),
    mayAsk,
  );
}

async function startServices({ postgres, rabbitmq, folder }: Infrastructure): Promise<Platform> {
  const { databases } = postgres;
  const { virtualHosts } = rabbitmq;
  const platform = await screen.during(texts.startingPlatform, () =>
    startPlatform({ databases, virtualHosts, folder }),
  );
  // All at once instead of one after the other, when somebody waits for it.
  onShutdown(() => platform.stop());
  for (const { name, url, pid } of Object.values(platform.processes))
    screen.evidence(texts.running(name, url, pid ?? 0));
  return platform;
}

/** What the story reads and talks to. */
async function lookInto({ processes, databaseUrls, rabbitmqUrl, brokerUrls }: Platform) {
  const shop = new Shop({
    order: processes.order.url,
    inventory: processes.inventory.url,
    payment: processes.payment.url,
    'gateway-simulator': processes['gateway-simulator'].url,
  });
  return {
    shop,
    books: new Books(databaseUrls),
    broker: await Broker.connect(rabbitmqUrl, brokerUrls.order),
  };
}

async function stopServices(
  platform: Platform,
  { books, broker }: { books: Books; broker: Broker },
): Promise<void> {
  await screen.during(texts.stopping, async () => {
    await Promise.all([books.close(), broker.close()]);
    await platform.stop();
  });
}

function showSummary({ kept, checked }: Verdicts, orders: number, seconds: string): void {
  screen.line();
  screen.verdict(kept === checked, screen.ink('bold', texts.summary(kept, checked, orders, seconds)));
  screen.line();
  for (const line of texts.readNext) screen.line(line);
}

async function showLogs({ processes }: Platform): Promise<void> {
  for (const process of Object.values(processes)) {
    screen.line(texts.lastLines(process.name));
    screen.line(await process.lastLogLines(LOG_LINES_SHOWN));
  }
}

async function failed(error: unknown): Promise<boolean> {
  await unlessToldToEnd(async () => {});
  const message = error instanceof Error ? error.message || error.name : String(error);
  // It says itself what is missing, and what to do.
  screen.line(screen.ink('red', error instanceof Unavailable ? message : texts.failed(message)));
  return false;
}

/** tools/local/shutdown.ts stops what runs, last started first, and ends this process; we only say so. */
function listenForTheEnd(): void {
  // Nobody reads any more: `npm run demo | head`.
  process.stdout.on('error', () => process.kill(process.pid, 'SIGHUP'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      isToldToEnd = true;
      screen.lastWords(`\n${texts.stopping}`);
    });
  }
  onShutdown(() => Promise.resolve(screen.lastWords(texts.stopped)));
}

async function unlessToldToEnd(stop: () => Promise<void>): Promise<void> {
  await (isToldToEnd ? forever() : stop());
}

function forever(): Promise<never> {
  return new Promise(() => {});
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1000).toFixed(1);
}
