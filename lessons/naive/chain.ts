import { randomUUID } from 'node:crypto';

import { waitUntil } from '../../tools/client/wait-until.js';
import type { LessonContext } from '../lesson.js';
import type { Sandbox } from './sandbox.js';

/** The wait of the payment program for a response of the gateway. */
const TIMEOUT_MS = 500;

export interface ChainOrder {
  readonly id: string;
  readonly sku: string;
}

/** The calls that the chain program can make for an order. Each one rejects when its target is unavailable. */
export interface Chain {
  /** Calls inventory over HTTP. */
  readonly callInventory: (order: ChainOrder) => Promise<void>;
  /** Calls the payment gateway over HTTP, which is slow. The same order is authorized once. */
  readonly callPayment: (order: ChainOrder) => Promise<void>;
  /** Puts the order on a durable queue and waits for the confirm. */
  readonly enqueue: (order: ChainOrder) => Promise<void>;
}

export type PlaceOrder = (chain: Chain, order: ChainOrder) => Promise<void>;

/** Mistake: the customer waits for the slowest service, and fails with any of them. */
export async function placeSynchronously(
  { callInventory, callPayment }: Chain,
  order: ChainOrder,
): Promise<void> {
  await callInventory(order); // rejects while inventory is down: 500
  await callPayment(order); // as slow as the gateway
}

/** The chain program: it calls the shop's inventory and gateway over HTTP, as the customer waits. */
export class ChainProgram implements Chain {
  /** Orders whose gateway response arrived while their customer waited. */
  readonly waited = new Set<string>();
  private readonly placing = new Set<string>();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly shop: LessonContext['shop'],
    private readonly queue: string,
  ) {}

  readonly callInventory = ({ sku }: ChainOrder): Promise<void> =>
    settled(this.shop.request('inventory', 'GET', `/stock/${sku}`).then(assertOk));

  readonly callPayment = (order: ChainOrder): Promise<void> => {
    const body = { reference: order.id, amount: 100, currency: 'CNY', token: 'tok_visa' };
    const headers = { 'idempotency-key': order.id };
    const calling = this.shop
      .request('gateway-simulator', 'POST', '/v1/authorizations', { body, headers })
      .then(assertOk)
      .finally(() => this.placing.has(order.id) && this.waited.add(order.id));
    return settled(calling);
  };

  readonly enqueue = (order: ChainOrder): Promise<void> =>
    settled(this.sandbox.publish([{ queue: this.queue, body: JSON.stringify(order), messageId: order.id }]));

  /** Serves one customer. @returns undefined, or the error that the customer gets */
  async serve(place: PlaceOrder, order: ChainOrder): Promise<string | undefined> {
    this.placing.add(order.id);
    try {
      await place(this, order);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.placing.delete(order.id);
    }
  }

  /** Handles queued orders one by one; a failed one returns to the queue and ends the run. */
  async work(handle: PlaceOrder): Promise<void> {
    const { channel } = this.sandbox;
    for (;;) {
      const message = await channel.get(this.queue);
      if (message === false) return;
      try {
        await handle(this, JSON.parse(message.content.toString()) as ChainOrder);
        channel.ack(message);
      } catch {
        channel.nack(message);
        await waitUntil(
          'the return of a message',
          () => channel.checkQueue(this.queue),
          ({ messageCount }) => messageCount > 0,
        );
        return;
      }
    }
  }
}

export function newOrders(count: number): ChainOrder[] {
  return Array.from({ length: count }, () => ({ id: randomUUID(), sku: 'TEA-LONGJING-100G' }));
}

function assertOk({ status, text }: { status: number; text: string }): void {
  if (status !== 200) throw new Error(`${status} ${text}`);
}

/** A program that does not await the call must not end this process when it rejects. */
function settled(call: Promise<void>): Promise<void> {
  call.catch(() => {});
  return call;
}

export interface PaidOrder {
  readonly id: string;
  readonly amount: number;
}

/** The payment gateway, which executes each idempotency key once. */
export interface GatewayClient {
  /** @throws Error when no response arrives in time: the gateway may have charged */
  readonly authorize: (idempotencyKey: string, order: PaidOrder) => Promise<void>;
}

export type Charge = (gateway: GatewayClient, order: PaidOrder) => Promise<void>;

/** Mistake: the key is new in every attempt, so the gateway cannot recognise the second one. */
export async function chargeWithNewKeys({ authorize }: GatewayClient, order: PaidOrder): Promise<void> {
  for (;;) {
    try {
      return await authorize(randomUUID(), order);
    } catch {
      // no response: try again
    }
  }
}

/** A client that stops waiting for the gateway after {@link TIMEOUT_MS}. */
export function createGatewayClient(shop: LessonContext['shop']): GatewayClient {
  return {
    authorize: async (key, { id, amount }) => {
      const body = { reference: id, amount, currency: 'CNY', token: 'tok_visa' };
      const options = { body, headers: { 'idempotency-key': key }, timeoutMs: TIMEOUT_MS };
      const response = await shop.request('gateway-simulator', 'POST', '/v1/authorizations', options);
      if (response.status !== 200) throw new Error(`${response.status} ${response.text}`);
    },
  };
}
