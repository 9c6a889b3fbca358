import type { Log } from '#observability';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Remembers what was logged, and tells who waits for it: a log line is a signal too. */
export class RecordingLog implements Log {
  readonly entries: LogEntry[] = [];
  private waiters: (() => void)[] = [];

  debug = this.recorder('debug');
  info = this.recorder('info');
  warn = this.recorder('warn');
  error = this.recorder('error');

  count(message: string): number {
    return this.entries.filter((entry) => entry.message === message).length;
  }

  /** Resolves to the fields of the `nth` line with this message, as soon as there is one. */
  async waitFor(message: string, nth = 1): Promise<LogEntry['fields']> {
    for (;;) {
      const entry = this.entries.filter((entry) => entry.message === message)[nth - 1];
      if (entry) return entry.fields;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  private recorder(level: LogEntry['level']) {
    return (fields: object, message: string): void => {
      this.entries.push({ level, message, fields: { ...fields } });
      for (const resolve of this.waiters.splice(0)) resolve();
    };
  }
}
