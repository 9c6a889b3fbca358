import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { gatherWrites } from './gather-writes.js';

function recorder() {
  const calls: string[][] = [];
  const socket = new Writable({
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)));
      done();
    },
  });
  gatherWrites(socket);
  return { socket, calls };
}

/** After everything that the current turn has put off to its end. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is written in one turn of the event loop goes out together, in order', async () => {
  const { socket, calls } = recorder();
  socket.write('a');
  socket.write('b');
  await endOfTurn();
  socket.write('c');
  await endOfTurn();
  expect(calls).toEqual([['a', 'b'], ['c']]);
});

test('a full buffer is told to the writer, and its end too', async () => {
  const { socket } = recorder();
  expect(socket.write('x'.repeat(socket.writableHighWaterMark))).toBe(false);
  await once(socket, 'drain');
  expect(socket.write('y')).toBe(true);
});

test('what was written before the end still goes out', async () => {
  const { socket, calls } = recorder();
  socket.write('a');
  socket.end('b');
  await once(socket, 'finish');
  expect(calls.flat()).toEqual(['a', 'b']);
});
