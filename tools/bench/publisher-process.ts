import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../client/repository-root.js';

/** What came of publishing everything that was pending. */
export interface DrainResult {
  readonly ms: number;
}

export interface PublisherOptions {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
}

/** What the two processes say to each other. */
export type PublisherCommand = 'prepare' | 'drain';
export type PublisherResponse = 'prepared' | DrainResult;

/** A process of its own that publishes what is in an outbox: see publisher-main.ts. */
export class PublisherProcess {
  private constructor(private readonly child: ChildProcess) {}

  static start(how: 'relay' | 'raw', { databaseUrl, brokerUrl }: PublisherOptions): PublisherProcess {
    const program = join(REPOSITORY_ROOT, 'dist', 'tools', 'bench', 'publisher-main.js');
    return new PublisherProcess(
      fork(program, [how, databaseUrl, brokerUrl], { execArgv: ['--enable-source-maps'] }),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Everything that should not be counted. */
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

  private async send(order: PublisherCommand): Promise<PublisherResponse> {
    const stopped = new AbortController();
    const { signal } = stopped;
    this.child.send(order);
    try {
      return await Promise.race([
        once(this.child, 'message', { signal }).then(([report]) => report as PublisherResponse),
        once(this.child, 'exit', { signal }).then(([code]) => {
          throw new Error(`the publisher process ended with ${String(code)}`);
        }),
      ]);
    } finally {
      stopped.abort();
    }
  }
}
