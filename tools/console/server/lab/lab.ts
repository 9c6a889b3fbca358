import { randomUUID } from 'node:crypto';
import { encodeEnvelope, messageProperties } from '#messaging';
import type { Bilingual, LabState } from '../../protocol.js';
import type { Databases } from '../databases.js';
import type { GatewaySimulator } from '../live/gateway-modes.js';
import type { LocalAccess } from '../options.js';
import { findOutboxRows, type OutboxRow } from '../orders/trace-queries.js';
import type { PlacedOrder } from '../orders/order-placement.js';
import type { ShopAccess } from '../shop-access.js';
import { Faults } from './faults.js';
import { Load } from './load.js';

const LOG_MAX = 20;
const SLOW_MS = 300;
const REPEATS = 5;
const PUBLISHED_TIMEOUT_MS = 10_000;

/** The modes of the gateway simulator that the Lab offers. */
export const gatewayFaults = {
  decline: { authorize: { behaviour: 'decline' } },
  fail: { authorize: { behaviour: 'fail' }, capture: { behaviour: 'fail' } },
  slow: { authorize: { behaviour: 'slow', delayMs: 2_000 }, capture: { behaviour: 'slow', delayMs: 2_000 } },
  timeout_after_charge: {
    authorize: { behaviour: 'timeout_after_charge', times: 20 },
    capture: { behaviour: 'timeout_after_charge', times: 20 },
  },
  respond_twice: { authorize: { behaviour: 'respond_twice' }, capture: { behaviour: 'respond_twice' } },
} as const;
export type GatewayFault = keyof typeof gatewayFaults;

/** The request refers to a link or an ability that this console does not have. */
export class NotAvailableError extends Error {
  override readonly name = 'NotAvailableError';
}

export interface LabParts {
  readonly databases: Databases;
  readonly simulator: GatewaySimulator;
  readonly access: ShopAccess;
  readonly local: LocalAccess | undefined;
  /** Places one order; `{}` is one unit of a fixed product. */
  readonly place: (order: PlacedOrder) => Promise<{ readonly id: string }>;
}

/** Injects faults into the shop: gateway modes, links, repeated and malformed messages, load. */
export class Lab {
  readonly faults = new Faults();
  readonly load: Load;
  private readonly entries: { readonly at: number; readonly text: Bilingual }[] = [];

  constructor(private readonly parts: LabParts) {
    this.load = new Load(parts.place);
  }

  state(): LabState {
    return { faults: this.faults.list(), load: this.load.state, log: this.entries };
  }

  async setGateway(mode: GatewayFault): Promise<void> {
    const { simulator } = this.parts;
    await this.faults.start('gateway', mode, {
      inject: () => simulator.setModes(gatewayFaults[mode]),
      revert: () => simulator.setModes({}),
    });
    this.log(`gateway: ${mode}`, `网关：${mode}`);
  }

  async disturbLink(name: string, fault: 'cut' | 'slow'): Promise<void> {
    const link = this.parts.local?.links[name];
    if (!link) throw new NotAvailableError(`This console has no link ${name}.`);
    await this.faults.start(`link ${name}`, fault, {
      inject: () => (fault === 'cut' ? link.cut() : link.slow(SLOW_MS)),
      revert: () => link.restore(),
    });
    this.log(`link ${name}: ${fault}`, `链路 ${name}：${fault === 'cut' ? '切断' : '变慢'}`);
  }

  async stopFault(id: string): Promise<void> {
    await this.faults.stop(id);
    this.log(`${id}: off`, `${id}：已恢复`);
  }

  /** Places an order and lets the relay publish its first event five times in total, under one message id. */
  async repeatMessage(): Promise<{ readonly orderId: string; readonly messageId: string }> {
    const { access, place } = this.parts;
    const { id: orderId } = await place({});
    const { id: messageId } = await this.waitUntilPublished(orderId);
    for (let copy = 1; copy < REPEATS; copy += 1) {
      const body = { ids: [messageId], expect: 1, reason: 'Lab: send a message five times' };
      await access.performAction('order', 'outbox/republish', body);
      await this.waitUntilPublished(orderId);
    }
    this.log(`message ${messageId} published ${REPEATS} times`, `消息 ${messageId} 已发布 ${REPEATS} 次`);
    return { orderId, messageId };
  }

  /** Publishes the first half of a message under a new id, to every subscriber of `order.placed`. */
  async sendHalfMessage(): Promise<{ readonly messageId: string }> {
    const publish = this.parts.local?.publish;
    if (!publish) throw new NotAvailableError('This console has no broker user that may publish.');
    const { id: orderId } = await this.parts.place({});
    const row = await this.waitUntilPublished(orderId);
    const messageId = randomUUID();
    const body = encodeEnvelope(row);
    const { userId: _, ...properties } = messageProperties({ ...row, id: messageId }, '');
    await publish(row.exchange, row.routingKey, body.subarray(0, body.length / 2), properties);
    this.log(`half of a message published as ${messageId}`, `已发布半条消息，id 为 ${messageId}`);
    return { messageId };
  }

  async close(): Promise<void> {
    this.load.stop();
    await this.faults.stopAll();
  }

  /** The `order.placed` row of an order, once the relay has marked it as published. */
  private async waitUntilPublished(orderId: string): Promise<OutboxRow> {
    const database = await this.parts.databases.open('order');
    const deadline = Date.now() + PUBLISHED_TIMEOUT_MS;
    for (;;) {
      const rows = await findOutboxRows(database, orderId, () => true);
      const placed = rows.find(({ sequence }) => sequence === 1);
      if (placed?.publishedAt) return placed;
      if (Date.now() > deadline)
        throw new NotAvailableError('The relay has not published the event within 10 s.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  private log(en: string, zh: string): void {
    this.entries.unshift({ at: Date.now(), text: { en, zh } });
    this.entries.length = Math.min(this.entries.length, LOG_MAX);
  }
}
