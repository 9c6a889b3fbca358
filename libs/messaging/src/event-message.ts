import type { EventContract, EventData, Service } from '#contracts';

/**
 * A validated event, as a consumer receives it. A `switch` over `name` narrows `data` to the data of that event.
 */
export type EventMessage<Contract extends EventContract = EventContract> = Contract extends EventContract
  ? {
      /** The outbox row's id, the same in every retry and replay: the inbox detects duplicates by it. */
      readonly id: string;
      readonly name: Contract['name'];
      readonly version: Contract['version'];
      readonly producer: Service;
      /** An order id, or a SKU. Events of one subject arrive in order. */
      readonly subject: string;
      /** The version of the producer's aggregate after the change: larger in each later event of the subject. */
      readonly sequence: number;
      /** RFC 3339. */
      readonly occurredAt: string;
      /** Identifies the business flow: the same in every message that one order causes. */
      readonly correlationId: string;
      /** The id of the message that caused this one. */
      readonly causationId: string | undefined;
      /** W3C trace context. */
      readonly traceparent: string | undefined;
      readonly tracestate?: string | undefined;
      readonly data: EventData<Contract>;
    }
  : never;

/** An event to publish: an {@link EventMessage} before the outbox gives it an id and a time. */
export interface OutgoingEvent<Contract extends EventContract = EventContract> {
  readonly contract: Contract;
  readonly subject: string;
  readonly sequence: number;
  readonly data: EventData<Contract>;
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** The attributes that an event inherits from the message or the request that caused it. */
export interface Cause {
  readonly correlationId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** The {@link Cause} of the events that a consumer publishes for `message`. */
export function causedBy(message: EventMessage): Cause {
  const { correlationId, id, traceparent, tracestate } = message;
  return { correlationId, causationId: id, traceparent, tracestate };
}

/** Builds an event to publish. The compiler checks `data` against the contract; nothing is validated at run time. */
export function outgoingEvent<Contract extends EventContract>(
  contract: Contract,
  subject: string,
  sequence: number,
  data: EventData<Contract>,
  cause: Cause,
): OutgoingEvent<Contract> {
  return { contract, subject, sequence, data, ...cause };
}
