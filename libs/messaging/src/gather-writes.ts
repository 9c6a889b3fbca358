import type { Writable } from 'node:stream';

/**
 * Makes whatever is written to `socket` in one turn of the event loop go out in one system call. amqplib writes each
 * message by itself; a burst of them would be as many calls here and as many packets to be read by the broker, which
 * is most of what a burst costs on either side.
 */
export function gatherWrites(socket: Writable): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
}
