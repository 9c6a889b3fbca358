import type { Options } from 'amqplib';
import type { OpsConfig } from '../../ops/config.js';

/** A link between a service and one of its servers that the Lab can disturb. */
export interface LabLink {
  /** Closes every connection and refuses new ones. */
  readonly cut: () => Promise<void>;
  /** Delays every chunk, in ms per direction. */
  readonly slow: (delayMs: number) => void;
  readonly restore: () => Promise<void>;
}

/** Parts of a local shop that only its own process can reach. */
export interface LocalAccess {
  readonly links: Readonly<Record<string, LabLink>>;
  /** Publishes any bytes as the broker user of order. */
  readonly publish: (
    exchange: string,
    routingKey: string,
    body: Buffer,
    properties: Options.Publish,
  ) => Promise<void>;
}

export interface ConsoleOptions {
  readonly config: OpsConfig;
  /** Default 127.0.0.1. A container listens on 0.0.0.0 and publishes the port on 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 3004; 0 selects a free port. */
  readonly port?: number | undefined;
  /** Allows orders, replays and discards. Default false: the console only reads. */
  readonly act?: boolean | undefined;
  /** Allows fault injection, if the gateway is the simulator. Default false. */
  readonly lab?: boolean | undefined;
  /** Default: the Lab cuts no link and publishes no malformed bytes. */
  readonly local?: LocalAccess | undefined;
  /** Receives one line: a new one-time link, or the access to a message's bytes. */
  readonly report: (line: string) => void;
}
