import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

/**
 * Makes whatever is written to `socket` in one turn of the event loop go out in one system call. Clients of brokers and
 * databases write each message, or each statement, by itself; a burst of them would be as many calls here, and would
 * wake the other side as often, which is most of what a burst costs on either side.
 */
export function gatherWrites(socket: Writable): void {
  const [write, cork] = [socket.write.bind(socket), socket.cork.bind(socket)];
  let gathering = false;
  const gather = (): void => {
    if (gathering) return;
    gathering = true;
    cork();
    process.nextTick(() => {
      gathering = false;
      socket.uncork();
    });
  };
  socket.write = ((...args: Parameters<typeof write>): boolean => {
    gather();
    return write(...args);
  }) as typeof socket.write;
  // Whoever corks by himself would let go at his own uncork, and the burst with it.
  socket.cork = (): void => {
    gather();
    cork();
  };
}

/** A socket that, once connected, gathers its writes: `connect` would put its own `write` back. */
export function gatheringSocket(): Socket {
  const socket = new Socket();
  return socket.once('connect', () => gatherWrites(socket));
}
