import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CLONE } from '../client/repository-root.js';

/** What came of publishing everything that was pending. */
export interface Drained {
  readonly ms: number;
}

export interface PublishingOptions {
  readonly databaseUrl: string;
  readonly brokerUrl: string;
}

/** What the two processes say to each other. */
export type Order = 'prepare' | 'drain';
export type Report = 'prepared' | Drained;

/** A process of its own that publishes what is in an outbox: see publishing-process.ts. */
export class Publishing {
  private constructor(private readonly child: ChildProcess) {}

  static start(how: 'relay' | 'raw', { databaseUrl, brokerUrl }: PublishingOptions): Publishing {
    const program = join(CLONE, 'dist', 'tools', 'bench', 'publishing-process.js');
    return new Publishing(
      fork(program, [how, databaseUrl, brokerUrl], { execArgv: ['--enable-source-maps'] }),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Everything that should not be counted. */
  async prepare(): Promise<void> {
    await this.ask('prepare');
  }

  async drain(): Promise<Drained> {
    return (await this.ask('drain')) as Drained;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || !this.child.connected) return;
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }

  private async ask(order: Order): Promise<Report> {
    const stopped = new AbortController();
    const { signal } = stopped;
    this.child.send(order);
    try {
      return await Promise.race([
        once(this.child, 'message', { signal }).then(([report]) => report as Report),
        once(this.child, 'exit', { signal }).then(([code]) => {
          throw new Error(`the publishing process ended with ${String(code)}`);
        }),
      ]);
    } finally {
      stopped.abort();
    }
  }
}
