import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../client/repository-root.js';

/** How long it took to publish all messages. */
export interface DrainResult {
  readonly ms: number;
}

export interface PublisherOptions {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
}

/** Messages over the IPC channel between parent and publisher. */
export type PublisherCommand = 'prepare' | 'drain';
export type PublisherResponse = 'prepared' | DrainResult;

/** A child process that publishes the events of an outbox: see publisher-main.ts. Separate, so its CPU can be measured. */
export class PublisherProcess {
  private constructor(private readonly child: ChildProcess) {}

  static start(kind: 'relay' | 'raw', { databaseUrl, brokerUrl }: PublisherOptions): PublisherProcess {
    const program = join(REPOSITORY_ROOT, 'dist', 'tools', 'bench', 'publisher-main.js');
    return new PublisherProcess(
      fork(program, [kind, databaseUrl, brokerUrl], { execArgv: ['--enable-source-maps'] }),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** The part that is not measured. */
  async prepare(): Promise<void> {
    await this.send('prepare');
  }

  async drain(): Promise<DrainResult> {
    return (await this.send('drain')) as DrainResult;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || !this.child.connected) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }

  private async send(command: PublisherCommand): Promise<PublisherResponse> {
    const stopped = new AbortController();
    const { signal } = stopped;
    this.child.send(command);
    try {
      return await Promise.race([
        once(this.child, 'message', { signal }).then(([response]) => response as PublisherResponse),
        once(this.child, 'exit', { signal }).then(([code]) => {
          throw new Error(`the publisher process ended with exit code ${String(code)}`);
        }),
      ]);
    } finally {
      stopped.abort();
    }
  }
}
