import type { Options } from 'amqplib';
import type { TraceContext } from '#observability';

/** One message to publish. */
export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
  /** The trace that the publication continues as a `send` span. Default: it has no span. */
  readonly parent?: TraceContext | undefined;
}
