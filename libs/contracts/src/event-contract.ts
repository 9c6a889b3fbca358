import { z } from 'zod';

/** The services that publish and hear events. */
export const services = ['order', 'inventory', 'payment'] as const;

export type Service = (typeof services)[number];

/**
 * What a producer promises about one version of one event, and all that a consumer may rely on. It does not change
 * once it has been released, but for a new optional member: anything else is a new version beside it.
 */
export interface EventContract<
  Name extends string = string,
  Data extends z.ZodType = z.ZodType,
  Version extends number = number,
> {
  /** Subject and past tense, for example `order.placed`: the first part of the routing key. */
  readonly name: Name;
  /** 1 for the first, and one more for every breaking change. */
  readonly version: Version;
  /** The CloudEvents type, for example `order.placed.v1`. */
  readonly type: `${Name}.v${Version}`;
  /** The one service that publishes it, on the exchange `<producer>.events`. */
  readonly producer: Service;
  /** What the CloudEvents subject names, an order id or a SKU: events with the same subject arrive in order. */
  readonly subject: 'order' | 'product';
  readonly description: string;
  /** A tolerant reader: members it does not know are dropped, so that a newer producer may send more. */
  readonly data: Data;
  /** Part of the documentation, and checked against `data` by a test. */
  readonly example: z.output<Data>;
  /** Meant for other systems of the shop: no service here has to hear it. */
  readonly isAnnouncement: boolean;
}

/** The data of an event. Plain data that nobody changes. */
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
  /** False unless given. */
  readonly isAnnouncement?: boolean;
}

/** Defines a contract. It counts once it is listed in `event-contracts.ts`. */
export function defineEvent<Name extends string, Data extends z.ZodType, Version extends number>(
  definition: EventDefinition<Name, Data, Version>,
): EventContract<Name, Data, Version> {
  const { name, version } = definition;
  return Object.freeze({ isAnnouncement: false, ...definition, type: `${name}.v${version}` as const });
}

/** A schema of JSON Schema 2020-12, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The data of an event as JSON Schema, with what a consumer accepts: members it does not know, too. */
export function toJsonSchema(contract: EventContract): JsonSchema {
  return z.toJSONSchema(contract.data, { io: 'input' });
}
