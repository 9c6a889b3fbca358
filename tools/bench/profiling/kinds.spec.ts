import type { Profiler } from 'node:inspector';
import { expect, test } from 'vitest';
import { kinds, samplesByKind } from './kinds.js';

const HERE = 'file:///clone';

interface Call {
  readonly name?: string;
  readonly url?: string;
  readonly samples?: number;
  readonly calls?: readonly Call[];
}

function profileOf(calls: readonly Call[]): Profiler.Profile {
  const nodes: Profiler.ProfileNode[] = [];
  const samples: number[] = [];
  const add = ({ name = 'f', url = '', samples: count = 0, calls = [] }: Call): number => {
    const id = nodes.length + 1;
    const callFrame = { functionName: name, scriptId: '0', url, lineNumber: 0, columnNumber: 0 };
    const node: Profiler.ProfileNode = { id, callFrame };
    nodes.push(node);
    samples.push(...Array.from({ length: count }, () => id));
    node.children = calls.map(add);
    return id;
  };
  add({ name: '(root)', calls });
  return { nodes, startTime: 0, endTime: 1, samples };
}

/** Of those kinds that have any. */
function samplesOf(calls: readonly Call[]): Record<string, number> {
  const counts = Object.entries(samplesByKind(profileOf(calls)));
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

test('a function counts for the kind of its file', () => {
  const calls = [
    { url: 'node:internal/stream_base_commons', samples: 1 },
    { url: `${HERE}/node_modules/pg-protocol/dist/parser.js`, samples: 2 },
    { url: `${HERE}/node_modules/@nestjs/platform-fastify/adapter.js`, samples: 3 },
    { url: `${HERE}/node_modules/@nestjs/core/router.js`, samples: 4 },
    { url: `${HERE}/dist/libs/messaging/src/publish/confirm-publisher.js`, samples: 5 },
    { url: `${HERE}/dist/libs/messaging/src/consume/decode.js`, samples: 6 },
    { url: `${HERE}/dist/apps/payment/src/gateways/http-gateway.js`, samples: 7 },
    { url: `${HERE}/dist/tools/bench/baselines/floor/order.js`, samples: 8 },
    { name: '(garbage collector)', samples: 9 },
  ];
  expect(samplesOf(calls)).toEqual({
    'sockets and streams': 1,
    'PostgreSQL client': 2,
    'HTTP server': 3,
    Nest: 4,
    'RabbitMQ client': 5,
    messaging: 6,
    'HTTP client': 7,
    'business code': 8,
    'garbage collection': 9,
  });
});

test('what has no file, or is of no kind, counts for whoever called it', () => {
  const buffer = { url: 'node:buffer', calls: [{ name: 'utf8Write', samples: 3 }] };
  const calls = [
    { url: `${HERE}/node_modules/amqplib/lib/defs.js`, calls: [buffer] },
    { url: 'node:internal/timers', calls: [{ url: 'node:buffer', samples: 1 }] },
  ];
  expect(samplesOf(calls)).toEqual({ 'RabbitMQ client': 3, 'Node.js': 1 });
});

test('waiting does not count, nor does the recording, nor a system call', () => {
  const dispatch = { url: 'node:inspector', calls: [{ name: 'dispatch', samples: 5 }] };
  const calls = [
    { name: '(idle)', samples: 50 },
    { url: `${HERE}/dist/tools/bench/profiling/recorder.js?file=x`, calls: [dispatch] },
    { url: 'node:internal/stream_base_commons', samples: 3, calls: [{ name: 'writev', samples: 20 }] },
  ];
  expect(samplesOf(calls)).toEqual({ 'sockets and streams': 3 });
});

test('every sample counts once', () => {
  const urls = [
    '',
    'node:events',
    'node:net',
    ...['pg', 'amqplib', 'undici', 'fastify', 'zod', 'uuid', 'prom-client'].map(
      (name) => `${HERE}/node_modules/${name}/index.js`,
    ),
    ...['json', 'outbox', 'database', 'observability'].map(
      (name) => `${HERE}/dist/libs/${name}/src/index.js`,
    ),
  ];
  const calls = urls.map((url) => ({ url, samples: 1, calls: urls.map((url) => ({ url, samples: 1 })) }));
  const counts = samplesByKind(profileOf(calls));
  expect(Object.keys(counts)).toEqual(kinds);
  const total = Object.values(counts).reduce((sum, count) => sum + count);
  expect(total).toBe(urls.length * (1 + urls.length));
});
