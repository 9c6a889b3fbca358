import { constants } from 'node:os';

const SHUTDOWN_TIMEOUT_MS = 20_000;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

type Close = () => Promise<void>;
const closeHandlers = new Set<Close>();
let closingSince: number | undefined;

/**
 * Registers a handler for graceful shutdown on SIGHUP, SIGINT or SIGTERM. Handlers run one at a time, last registered
 * first, and share 20 s. A second signal exits immediately, unless it arrives within 1 s of the first: the terminal
 * and npm both forward Ctrl-C.
 *
 * @returns a function that removes the handler; call it after closing the resource in another way.
 */
export function onShutdown(close: Close): () => void {
  if (closeHandlers.size === 0) toggleSignalHandlers('on');
  closeHandlers.add(close);
  return () => {
    if (closeHandlers.delete(close) && closeHandlers.size === 0 && closingSince === undefined)
      toggleSignalHandlers('off');
  };
}

function toggleSignalHandlers(how: 'on' | 'off'): void {
  for (const signal of SIGNALS) process[how](signal, shutDown);
}

function shutDown(signal: NodeJS.Signals): void {
  const code = 128 + constants.signals[signal];
  if (closingSince !== undefined) {
    if (Date.now() - closingSince > 1000) process.exit(code);
    return;
  }
  closingSince = Date.now();
  setTimeout(() => process.exit(code), SHUTDOWN_TIMEOUT_MS);
  void closeAll().then(() => process.exit(code));
}

async function closeAll(): Promise<void> {
  for (const close of [...closeHandlers].toReversed()) {
    await close().catch((error: unknown) => console.error(error));
  }
}
