import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
let proxy: TcpProxy;
const sockets = new Set<Socket>();

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const address = echo.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = await TcpProxy.listen({ host: '127.0.0.1', port: address.port });
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await proxy.close();
  echo.close();
});

async function connectClient(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  sockets.add(socket);
  await once(socket, 'connect');
  return socket;
}

async function readEcho(socket: Socket, text: string): Promise<string> {
  let received = '';
  socket.write(text);
  while (received.length < text.length) received += String((await once(socket, 'data'))[0]);
  return received;
}

test('the proxy forwards data', async () => {
  expect(await readEcho(await connectClient(), 'hello')).toBe('hello');
});

test('one megabyte arrives complete, followed by FIN', async () => {
  const socket = await connectClient();
  const sent = 'x'.repeat(1_000_000);
  const ended = once(socket, 'end');
  let received = 0;
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  socket.end(sent);
  await ended;
  expect(received).toBe(sent.length);
});

test('cut closes and refuses connections; restore reuses the port', async () => {
  const socket = await connectClient();
  const closed = once(socket, 'close');
  const port = proxy.port;
  await proxy.cut();
  await closed;
  const refused = connect(port, '127.0.0.1');
  expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.restore();
  expect(proxy.port).toBe(port);
  expect(await readEcho(await connectClient(), 'again')).toBe('again');
});

test('reset sends RST, and new connections work', async () => {
  const socket = await connectClient();
  await readEcho(socket, 'up');
  const failed = once(socket, 'error');
  proxy.reset();
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect(await readEcho(await connectClient(), 'again')).toBe('again');
});

test('data sent into a black hole arrives after restore', async () => {
  const before = await connectClient();
  await readEcho(before, 'up');
  proxy.blackHole();
  const during = await connectClient();
  const received: string[] = [];
  for (const socket of [before, during]) socket.on('data', (chunk: Buffer) => received.push(String(chunk)));
  before.write('one');
  during.write('two');
  // A direct connection has received its echo by now, so without the fault these would have, too.
  const address = echo.address() as { port: number };
  const direct = connect(address.port, '127.0.0.1');
  sockets.add(direct);
  await readEcho(direct, 'direct');
  expect(received).toEqual([]);
  const both = Promise.all([once(before, 'data'), once(during, 'data')]);
  await proxy.restore();
  await both;
  expect(received.sort()).toEqual(['one', 'two']);
});

test('a half-open connection discards data and FIN permanently', async () => {
  const ended: string[] = [];
  echo.on('connection', (socket) => socket.on('end', () => ended.push('the far end')));
  const socket = await connectClient();
  await readEcho(socket, 'up');
  proxy.halfOpen();
  expect(proxy.halfOpenClients).toBe(1);
  const received: string[] = [];
  socket.on('data', (chunk: Buffer) => received.push(String(chunk)));
  socket.write('lost');
  await proxy.restore();
  expect(await readEcho(await connectClient(), 'a new one')).toBe('a new one');
  socket.end();
  await expect.poll(() => proxy.halfOpenClients).toBe(0);
  expect({ received, ended }).toEqual({ received: [], ended: [] });
});

test('added latency delays each direction and keeps the order', async () => {
  const socket = await connectClient();
  await readEcho(socket, 'up');
  proxy.addLatency(50);
  const startedAt = performance.now();
  expect(await readEcho(socket, 'abcdef')).toBe('abcdef');
  // Two delays of 50 ms, minus timer rounding.
  expect(performance.now() - startedAt).toBeGreaterThan(95);
  await proxy.restore();
  expect(await readEcho(socket, 'ghi')).toBe('ghi');
});

test('open connections are counted', async () => {
  const socket = await connectClient();
  await readEcho(socket, 'up');
  expect(proxy.connections).toBe(1);
  const ended = once(socket, 'close');
  socket.end();
  await ended;
  await expect.poll(() => proxy.connections).toBe(0);
});

test('rewriteUrl replaces host and port only', () => {
  expect(proxy.rewriteUrl('postgres://me:secret@db.example:5432/orders?x=1')).toBe(
    `postgres://me:secret@127.0.0.1:${proxy.port}/orders?x=1`,
  );
});
