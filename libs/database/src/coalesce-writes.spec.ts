import { once } from 'node:events';
import { createServer } from 'node:net';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createCoalescingSocket, coalesceWrites } from './coalesce-writes.js';

function createRecorder() {
  const calls: string[][] = [];
  const socket = new Writable({
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  coalesceWrites(socket);
  return { socket, calls };
}

/** Resolves after the current turn of the event loop. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('writes of one event-loop turn are sent together, in order', async () => {
  const { socket, calls } = createRecorder();
  socket.write('a');
  socket.write('b');
  await endOfTurn();
  socket.write('c');
  await endOfTurn();
  expect(calls).toEqual([['a', 'b'], ['c']]);
});

test('back-pressure reaches the writer', async () => {
  const { socket } = createRecorder();
  expect(socket.write('x'.repeat(socket.writableHighWaterMark))).toBe(false);
  await once(socket, 'drain');
  expect(socket.write('y')).toBe(true);
});

test('writes before `end` are sent', async () => {
  const { socket, calls } = createRecorder();
  socket.write('a');
  socket.end('b');
  await once(socket, 'finish');
  expect(calls.flat()).toEqual(['a', 'b']);
});

test('a burst stays together when each writer corks', async () => {
  const { socket, calls } = createRecorder();
  for (const statement of ['a', 'b']) {
    socket.cork();
    socket.write(`${statement}1`);
    socket.write(`${statement}2`);
    socket.uncork();
  }
  await endOfTurn();
  expect(calls).toEqual([['a1', 'a2', 'b1', 'b2']]);
});

test('a connected socket coalesces writes', async () => {
  const server = createServer((peer) => void peer.resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = createCoalescingSocket();
  socket.connect(server.address() as { port: number });
  await once(socket, 'connect');
  socket.write('a');
  expect(socket.writableCorked).toBe(1);
  await endOfTurn();
  expect(socket.writableCorked).toBe(0);
  socket.destroy();
  server.close();
});
