import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * Sends all writes to `socket` of one turn of the event loop in one system call. amqplib and pg write each message and
 * each statement separately: without this, a burst costs one system call, and one wake-up of the server, per message.
 *
 * Measured 2026-11-24, bursts of 20: a message costs RabbitMQ 75–100 µs of CPU instead of 117–130, its publisher 20–31
 * instead of 30–37.
 */
export function coalesceWrites(socket: Writable): void {
  const [write, cork] = [socket.write.bind(socket), socket.cork.bind(socket)];
  let isCorked = false;
  const corkUntilNextTick = (): void => {
    if (isCorked) return;
    isCorked = true;
    cork();
    process.nextTick(() => {
      isCorked = false;
      socket.uncork();
    });
  };
  socket.write = ((...args: Parameters<typeof write>): boolean => {
    corkUntilNextTick();
    return write(...args);
  }) as typeof socket.write;
  // A caller's own uncork would flush the burst; the cork of this turn is nested around it.
  socket.cork = (): void => {
    corkUntilNextTick();
    cork();
  };
}

/** Creates a socket that coalesces its writes once it is connected; `connect` replaces `write`, so not before. */
export function createCoalescingSocket(): Socket {
  const socket = new Socket();
  return socket.once('connect', () => coalesceWrites(socket));
}
