import { join } from 'node:path';
import { REPOSITORY_ROOT } from '../client/repository-root.js';
import { freePort } from '../local/ports.js';
import { ServerProcess } from '../local/server-process.js';

/** A collector that discards spans, and the variables with which a service exports to it. */
export interface SpanSink {
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

/** Starts a sink for the traces of `percent` of the orders. The service drops spans until it listens. */
export async function startSpanSink(folder: string, percent: number): Promise<SpanSink> {
  const port = await freePort();
  const sink = new ServerProcess({
    name: 'span sink',
    command: process.execPath,
    args: [join(REPOSITORY_ROOT, 'dist', 'tools', 'bench', 'span-sink-main.js'), String(port)],
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(folder, 'span-sink.log'),
  });
  await sink.start();
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER_ARG: String(percent / 100),
    },
    stop: () => sink.kill(),
  };
}
