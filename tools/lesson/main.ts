import { createInterface } from 'node:readline/promises';

import { lessons } from '../../lessons/all.js';
import type { AnyLesson, LessonContext } from '../../lessons/lesson.js';
import { ShopClient } from '../client/shop-client.js';
import { TokenSource } from '../client/token-source.js';
import { Broker } from '../demo/broker.js';
import { DatabaseReader } from '../demo/database-reader.js';
import { Screen } from '../demo/screen.js';
import { canInstallRabbitmq, installRabbitmq } from '../local/rabbitmq-install.js';
import { locateRabbitmq } from '../local/rabbitmq-local.js';
import { ServerNotFoundError } from '../local/server-not-found.js';
import { ignoreClosedOutput } from '../terminal/closed-output.js';
import { type Arguments, parseArguments } from './arguments.js';
import { type BackgroundShop, findShop, startShop, stopShop } from './background-shop.js';
import { ExerciseError } from './exercise-file.js';
import { findLessons } from './find-lesson.js';
import { readPassed } from './progress.js';
import { RemoteShopControl } from './remote-control.js';
import { runLesson } from './run-lesson.js';
import { translations as allTranslations } from './translations.js';

const parsed = parseArguments(process.argv.slice(2), process.env);
const { language } = parsed;
const translations = allTranslations[language];
const screen = new Screen(process.stdout, process.env);

ignoreClosedOutput();
if ('argument' in parsed) {
  console.error(translations.invalidArgument(parsed.argument));
  process.exitCode = 2;
} else {
  process.exitCode = await run(parsed).catch(reportFailure);
}

async function run(args: Arguments): Promise<number> {
  if (args.help) {
    screen.line(translations.usage);
    return 0;
  }
  if (args.stop) return stop();
  if (args.lesson === undefined) return list(translations.list);
  const found = findLessons(args.lesson);
  const [lesson] = found;
  if (lesson === undefined) return list(translations.notFound(args.lesson), lessons, 2);
  if (found.length > 1) return list(translations.ambiguous(args.lesson), found, 2);
  return runOne(lesson, args);
}

async function list(title: string, shown: readonly AnyLesson[] = lessons, exitCode = 0): Promise<number> {
  const passed = await readPassed();
  screen.line(screen.style('bold', title));
  const mark = (slug: string): string => (passed.has(slug) ? screen.style('green', '✓') : '·');
  screen.table(
    [{ title: '' }, { title: '', align: 'right' }, { title: '' }, { title: '' }],
    shown.map(({ number, slug, texts }) => [mark(slug), String(number), slug, texts.title[language]]),
  );
  screen.line();
  screen.line(translations.howToRun);
  const shop = await findShop();
  if (shop !== undefined) screen.line(translations.shopRemains(shop.process.pid));
  return exitCode;
}

async function stop(): Promise<number> {
  const shop = await findShop();
  if (shop === undefined) {
    screen.line(translations.shopNotRunning);
    return 0;
  }
  await screen.withStatus(translations.stopping, () => stopShop(shop));
  screen.line(translations.shopStopped(shop.process.pid));
  return 0;
}

async function runOne(lesson: AnyLesson, { part, pause, yes }: Arguments): Promise<number> {
  const shop = (await findShop()) ?? (await start(yes));
  const context = await openContext(shop);
  const waitForEnter = async (): Promise<void> => {
    if (!process.stdin.isTTY) return; // a closed input would end this process without an error
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    await terminal.question(translations.pressEnter);
    terminal.close();
  };
  try {
    // An earlier lesson may have been interrupted between a fault and its end.
    await context.control.reset();
    const output = { screen, language, translations, pause: pause ? waitForEnter : () => Promise.resolve() };
    return (await runLesson(lesson, part, context, output)) ? 0 : 1;
  } finally {
    await context.control.reset();
    await Promise.all([context.database.close(), context.broker.close()]);
    screen.line();
    screen.line(translations.shopRemains(shop.process.pid));
  }
}

async function start(yes: boolean): Promise<BackgroundShop> {
  const startedAt = performance.now();
  const report = (line: string): void => screen.evidence(line);
  // The background process cannot ask, so the installation of RabbitMQ is confirmed here.
  const isMissing = !process.env['RABBITMQ_URL'] && (await locateRabbitmq()) === undefined;
  if (isMissing && (await canInstallRabbitmq())) await installRabbitmq(report, yes);
  const shop = await screen.withStatus(translations.startingShop, () => startShop(report));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  screen.line(translations.shopReady(shop.process.pid, seconds));
  return shop;
}

async function openContext({
  urls,
  databaseUrls,
  rabbitmqUrl,
  brokerUrls,
  accessKey,
  sandbox,
  control,
}: BackgroundShop): Promise<LessonContext> {
  return {
    shop: new ShopClient(urls, new TokenSource(accessKey)),
    database: new DatabaseReader(databaseUrls),
    broker: await Broker.connect(rabbitmqUrl, brokerUrls.order),
    control: new RemoteShopControl(control),
    sandbox,
    report: (text) => screen.evidence(text[language]),
  };
}

function reportFailure(error: unknown): number {
  const message = error instanceof Error ? error.message || error.name : String(error);
  const isComplete = error instanceof ServerNotFoundError || error instanceof ExerciseError;
  screen.line(screen.style('red', isComplete ? message : translations.failed(message)));
  return 1;
}
