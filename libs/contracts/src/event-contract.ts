import { z } from 'zod';

/** The services that publish and consume events. */
export const services = ['order', 'inventory', 'payment'] as const;

/** Name of a service: the prefix of its exchanges and queues. */
export type Service = (typeof services)[number];

/**
 * The contract of one version of one event: the guarantees of its producer, on which consumers rely. Once released, it
 * changes only by a new optional member. Any other change is a new version, published beside the old one.
 */
export interface EventContract<
  Name extends string = string,
  Data extends z.ZodType = z.ZodType,
  Version extends number = number,
> {
  /** Subject and past tense, for example `order.placed`: the first part of the routing key. */
  readonly name: Name;
  /** Starts at 1; each breaking change increments it. */
  readonly version: Version;
  /** The CloudEvents type, for example `order.placed.v1`. */
  readonly type: `${Name}.v${Version}`;
  /** The only service that publishes the event, to the exchange `<producer>.events`. */
  readonly producer: Service;
  /** What the CloudEvents subject identifies: an order id, a SKU or a pseudonym. Events of one subject arrive in order. */
  readonly subject: 'order' | 'product' | 'customer';
  /** One sentence that says what has happened. Part of the AsyncAPI document. */
  readonly description: string;
  /** Schema of the data, a tolerant reader: it drops unknown members, so a newer producer can add some. */
  readonly data: Data;
  /** Valid data. Part of the AsyncAPI document. */
  readonly example: z.output<Data>;
  /** Whether the event is meant for systems outside of this project, so that no service here need consume it. */
  readonly isAnnouncement: boolean;
}

/** The validated data of an event, deeply read-only. */
export type EventData<Contract extends EventContract> = Immutable<z.output<Contract['data']>>;

type Immutable<Value> = Value extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : Value extends object
    ? { readonly [Member in keyof Value]: Immutable<Value[Member]> }
    : Value;

interface EventDefinition<Name extends string, Data extends z.ZodType, Version extends number> {
  readonly name: Name;
  readonly version: Version;
  readonly producer: Service;
  readonly subject: EventContract['subject'];
  readonly description: string;
  readonly data: Data;
  readonly example: z.output<Data>;
  /** Default false. */
  readonly isAnnouncement?: boolean;
}

/** Defines a contract. List it in `event-contracts.ts` to register it. */
export function defineEvent<Name extends string, Data extends z.ZodType, Version extends number>(
  definition: EventDefinition<Name, Data, Version>,
): EventContract<Name, Data, Version> {
  const { name, version } = definition;
  return Object.freeze({ isAnnouncement: false, ...definition, type: `${name}.v${version}` as const });
}

/** A JSON Schema 2020-12, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The JSON Schema of the data that a consumer accepts; it allows unknown members. */
export function toJsonSchema(contract: EventContract): JsonSchema {
  return z.toJSONSchema(contract.data, { io: 'input' });
}
