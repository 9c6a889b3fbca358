import type { Language } from '../audit/translated-text.js';

const en = {
  usage: `npm run lesson                          lists the lessons; ✓ marks a passed exercise
npm run lesson -- <lesson> [options]    runs one: by number, name or term (4, lost-message, 消息丢失)
npm run lesson -- --stop                stops the shop

A lesson asks for a prediction, runs the naive way under a fault, counts the damage, runs the shop under the same fault,
shows its rows, and gives an exercise.

  --naive          run only the naive way
  --ours           run only the shop
  --check          run the fault against your exercise
  --pause          wait for Enter between the parts
  --lang en|zh     language; default: the locale's (LC_ALL, LC_MESSAGES, LANG)
  --stop           stop the shop and delete its data
  --yes, -y        install RabbitMQ without confirmation, if it is missing and can be installed
  --help, -h       print this text

The first lesson starts PostgreSQL, RabbitMQ and the shop in a background process, which later lessons use. It stops
at --stop, or after an hour without a lesson.

Exit code: 0 the naive way failed and the shop did not, or the exercise passed; 1 otherwise; 2 an argument is invalid.`,
  invalidArgument: (argument: string) =>
    `invalid argument ${argument}; npm run lesson -- --help lists the arguments`,
  notFound: (typed: string) => `there is no lesson ${typed}. The lessons:`,
  ambiguous: (typed: string) => `${typed} fits several lessons:`,
  list: 'Lessons: lose orders first, then see why the shop does not lose them',
  howToRun: 'npm run lesson -- <number or name> runs one.',
  startingShop: 'starting the shop in the background, once for all lessons',
  shopReady: (pid: number, seconds: string) =>
    `The shop runs in background process ${pid} after ${seconds} s.`,
  shopRemains: (pid: number) =>
    `The shop keeps running (process ${pid}). npm run lesson -- --stop stops it; so does an hour without a lesson.`,
  shopStopped: (pid: number) => `The shop (process ${pid}) and its servers are stopped.`,
  shopNotRunning: 'The shop is not running.',
  stopping: 'stopping the shop',
  failed: (message: string) => `The lesson failed: ${message}`,
  predict: 'Predict',
  naive: 'The naive way',
  ours: 'The shop',
  rows: 'The rows',
  exercise: 'Exercise',
  check: 'Check',
  naiveRunning: 'running the naive program under the fault',
  oursRunning: 'running orders in the shop under the fault',
  checkRunning: (path: string) => `running the fault against ${path}`,
  pressEnter: 'Enter continues ',
  noRows: 'no rows',
  edit: (path: string) => `Your file: ${path}`,
  thenCheck: (slug: string) => `Then run: npm run lesson -- ${slug} --check`,
  passed: 'The exercise passes.',
  notPassed: 'The exercise does not pass yet.',
  timedOut: (seconds: number) =>
    `the check did not end within ${seconds} s: a promise never settles, or a message blocks its queue`,
  readNext: 'To read next:',
};

const zh: typeof en = {
  usage: `npm run lesson                          列出课程；✓ 表示练习已通过
npm run lesson -- <课程> [选项]         运行一课：编号、名称或术语（4、lost-message、消息丢失）
npm run lesson -- --stop                停止系统

每课先请你预测，再让朴素写法遇上故障并清点损失，然后让本系统遇上同样的故障，查看数据表，最后留一道练习。

  --naive          只运行朴素写法
  --ours           只运行本系统
  --check          用同样的故障检查你的练习
  --pause          每一步之后等待回车
  --lang en|zh     语言；默认由区域设置决定（LC_ALL、LC_MESSAGES、LANG）
  --stop           停止系统并删除其数据
  --yes, -y        缺少 RabbitMQ 且可以安装时，不询问直接安装
  --help, -h       显示本帮助

第一课会在后台进程里启动 PostgreSQL、RabbitMQ 和整个系统，供后面的课程共用。用 --stop 停止；一小时没有课程运行时自动停止。

退出码：朴素写法出错而本系统没有，或练习通过，为 0；否则为 1；参数有误为 2。`,
  invalidArgument: (argument) => `参数有误：${argument}；npm run lesson -- --help 列出全部参数`,
  notFound: (typed) => `没有课程 ${typed}。现有课程：`,
  ambiguous: (typed) => `${typed} 对应多个课程：`,
  list: '课程：先把订单弄丢，再看本系统为什么不丢',
  howToRun: 'npm run lesson -- <编号或名称> 运行一课。',
  startingShop: '正在后台启动系统，全部课程共用',
  shopReady: (pid, seconds) => `系统已在后台进程 ${pid} 中就绪，用时 ${seconds} 秒。`,
  shopRemains: (pid) =>
    `系统仍在后台运行（进程 ${pid}）。npm run lesson -- --stop 停止它；一小时没有课程运行时自动停止。`,
  shopStopped: (pid) => `系统（进程 ${pid}）及其服务器已停止。`,
  shopNotRunning: '系统没有在运行。',
  stopping: '正在停止系统',
  failed: (message) => `课程运行失败：${message}`,
  predict: '先预测',
  naive: '朴素写法',
  ours: '本系统',
  rows: '查看数据表',
  exercise: '练习',
  check: '检查',
  naiveRunning: '朴素写法正在故障下运行',
  oursRunning: '本系统正在同样的故障下处理订单',
  checkRunning: (path) => `正在用同样的故障检查 ${path}`,
  pressEnter: '按回车继续 ',
  noRows: '没有数据',
  edit: (path) => `你的文件：${path}`,
  thenCheck: (slug) => `改好后运行：npm run lesson -- ${slug} --check`,
  passed: '练习通过。',
  notPassed: '练习尚未通过。',
  timedOut: (seconds) => `检查在 ${seconds} 秒内没有结束：有 Promise 一直不完成，或有消息堵住了队列`,
  readNext: '接着读：',
};

export type Translations = typeof en;

/** The texts of the command by language. The texts of a lesson are in its folder. */
export const translations: Readonly<Record<Language, Translations>> = { en, zh };
