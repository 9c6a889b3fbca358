import type { Profiler } from 'node:inspector';

/** Kinds of work in a service's program. */
export const kinds = [
  'sockets and streams',
  'garbage collection',
  'PostgreSQL client',
  'RabbitMQ client',
  'HTTP server',
  'HTTP client',
  'Nest',
  'validation',
  'outbox and inbox',
  'messaging',
  'metrics',
  'business code',
  'Node.js',
] as const;
export type Kind = (typeof kinds)[number];

/** Beside what the main thread does in its program: what the system does for it, and V8's threads that compile and collect garbage. */
export const SYSTEM = 'system calls';
export const HELPERS = 'helper threads';

/** Whose code it is, by the address of its file. The first that matches counts. */
const RULES: readonly (readonly [RegExp, Kind])[] = [
  [/^node:(net|stream|internal\/stream)|\/coalesce-writes\.js$/, 'sockets and streams'],
  [/\/node_modules\/(pg|postgres-|typeorm)|\/libs\/database\/|\/floor\/database\.js$/, 'PostgreSQL client'],
  [
    /\/node_modules\/amqplib\/|\/libs\/messaging\/src\/publish\/(confirm-publisher|confirm-timeouts)\.js$/,
    'RabbitMQ client',
  ],
  [/\/node_modules\/undici\/|^wasm:|\/src\/gateways\/|\/floor\/gateway\.js$/, 'HTTP client'],
  [/^node:_http|\/node_modules\/(fastify|find-my-way|fast-|@nestjs\/platform-fastify)/, 'HTTP server'],
  [/\/libs\/http\/|\/floor\/http\.js$/, 'HTTP server'],
  [/\/node_modules\/(@nestjs|rxjs)\//, 'Nest'],
  [/\/node_modules\/zod\/|\/libs\/(json|contracts)\//, 'validation'],
  [/\/libs\/(outbox|inbox)\/|\/floor\/broker\.js$/, 'outbox and inbox'],
  [/\/libs\/messaging\/|\/floor\/(event|turns)\.js$/, 'messaging'],
  [/\/node_modules\/prom-client\/|\/libs\/observability\//, 'metrics'],
  [/\/dist\/(apps|tools\/bench\/baselines\/floor)\//, 'business code'],
];

/** Not the program's own time: nothing runs, or the recording begins, or the system is at work, whose time is told otherwise. */
const WAITING: ReadonlySet<string> = new Set(['(idle)', '(root)']);
const RECORDING = /^node:inspector|\/profiling\/recorder\.js/;
const WRITING = /^write(v|Buffer|\w+String)$/;

type Node = Profiler.ProfileNode;

/**
 * How many samples of a CPU profile fell on each kind of work, for sharing out the time that the main thread spent in its
 * program. What it spent in the system is not seen whole by a profiler, for which a process that reads from its sockets is
 * idle; so samples in the system calls that write are left out, too.
 *
 * A sample counts once, for the innermost function of its stack whose file is known here. So what native functions,
 * `node:buffer`, `node:events` or a small library do counts for the code that called them, and what none of that has called
 * is `Node.js`. Samples are counted, instead of adding up the times between them, because these go on while another process
 * has the core.
 */
export function samplesByKind({ nodes, samples = [] }: Profiler.Profile): Record<Kind, number> {
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((id) => [id, node] as const)));
  const kindById = new Map(nodes.map((node) => [node.id, kindOf(node, callers)]));
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
  for (const id of samples) {
    const kind = kindById.get(id);
    if (kind !== undefined) counts[kind] += 1;
  }
  return counts;
}

function kindOf(node: Node, callers: ReadonlyMap<number, Node>): Kind | undefined {
  const { functionName, url } = node.callFrame;
  if (WAITING.has(functionName) || (url === '' && WRITING.test(functionName))) return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  for (let frame: Node | undefined = node; frame; frame = callers.get(frame.id)) {
    const { url } = frame.callFrame;
    if (RECORDING.test(url)) return undefined;
    const rule = RULES.find(([file]) => file.test(url));
    if (rule) return rule[1];
  }
  return 'Node.js';
}
