import type { EventContract, EventData, Service } from '#contracts';

/**
 * An event as a consumer gets it: validated, its envelope unfolded. `name` tells the events of a subscription apart,
 * so a `switch` over it narrows `data`.
 */
export type EventMessage<Contract extends EventContract = EventContract> = Contract extends EventContract
  ? {
      /** The outbox row's id, kept through every retry and replay: what the inbox recognises a duplicate by. */
      readonly id: string;
      readonly name: Contract['name'];
      readonly version: Contract['version'];
      readonly producer: Service;
      /** What the event is about: an order's id, or a product's SKU. */
      readonly subject: string;
      /** The version of the producer's aggregate after the step that this event tells of. */
      readonly sequence: number;
      readonly occurredAt: string;
      /** The business flow: the same in every message that one order causes. */
      readonly correlationId: string;
      /** The id of the message that caused this one. */
      readonly causationId: string | undefined;
      /** W3C trace context. */
      readonly traceparent: string | undefined;
      readonly data: EventData<Contract>;
    }
  : never;

/** What a service wants to tell the world: what {@link EventMessage} holds, before it has an id and a time. */
export interface OutgoingEvent<Contract extends EventContract = EventContract> {
  readonly contract: Contract;
  readonly subject: string;
  readonly sequence: number;
  readonly data: EventData<Contract>;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** Where an event comes from: what a new message inherits from the message, or the request, that caused it. */
export interface Cause {
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** The cause that a message is for what it brings about. */
export function causedBy(message: EventMessage): Cause {
  return { correlationId: message.correlationId, causationId: message.id, traceparent: message.traceparent };
}

/** Builds an outgoing event; `data` is checked against the contract by the compiler. */
export function outgoingEvent<Contract extends EventContract>(
  contract: Contract,
  subject: string,
  sequence: number,
  data: EventData<Contract>,
  cause: Cause,
): OutgoingEvent<Contract> {
  return { contract, subject, sequence, data, ...cause };
}
