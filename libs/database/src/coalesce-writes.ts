import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * Makes whatever is written to `socket` in one turn of the event loop go out in one system call. Clients of brokers and
 * databases write each message, or each statement, by itself; a burst of them would be as many calls here, and would
 * wake the other side as often, which is most of what a burst costs on either side.
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
  // Whoever corks by himself would let go at his own uncork, and the burst with it.
  socket.cork = (): void => {
    corkUntilNextTick();
    cork();
  };
}

/** A socket that, once connected, gathers its writes: `connect` would put its own `write` back. */
export function createCoalescingSocket(): Socket {
  const socket = new Socket();
  return socket.once('connect', () => coalesceWrites(socket));
}
