import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { Reservation, StockLevel, type StockLine } from './entities/stock.js';
import type { Events, Message } from './events.js';
import { addToOutbox, handleOnce } from './messaging/outbox.js';
import { RabbitMq } from './messaging/rabbitmq.js';

@Injectable()
export class StockService implements OnApplicationBootstrap {
  constructor(
    private readonly dataSource: DataSource,
    private readonly rabbitMq: RabbitMq,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.rabbitMq.subscribe({
      queue: 'inventory.order-processing',
      bindings: { 'order.events': ['order.placed', 'order.confirmed', 'order.cancelled'] },
      handle: (message) => handleOnce(this.dataSource, message, (manager) => this.handle(manager, message)),
    });
  }

  private async handle(manager: EntityManager, { pattern, data }: Message): Promise<void> {
    if (pattern === 'order.placed') await this.hold(manager, data as Events['order.placed']);
    if (pattern === 'order.confirmed') await this.deduct(manager, data.orderId);
    if (pattern === 'order.cancelled') await this.release(manager, data.orderId);
  }

  private async hold(manager: EntityManager, { orderId, lines }: Events['order.placed']): Promise<void> {
    if (await this.lockReservation(manager, orderId)) return; // order.cancelled arrived before order.placed
    const quantities = sumBySku(lines);
    const levels = await this.lockLevels(manager, quantities);
    const isAvailable = quantities.every(
      ({ sku, quantity }) => (levels.get(sku)?.available ?? 0) >= quantity,
    );
    if (!isAvailable) {
      await manager.save(manager.create(Reservation, { orderId, status: 'rejected', lines: quantities }));
      return addToOutbox(manager, 'stock.rejected', { orderId });
    }
    for (const { sku, quantity } of quantities) {
      const level = levels.get(sku)!;
      level.available -= quantity;
      level.held += quantity;
    }
    await manager.save([...levels.values()]);
    await manager.save(manager.create(Reservation, { orderId, status: 'held', lines: quantities }));
    await addToOutbox(manager, 'stock.held', { orderId, lines: quantities });
  }

  private async deduct(manager: EntityManager, orderId: string): Promise<void> {
    const reservation = await this.lockReservation(manager, orderId);
    if (reservation?.status !== 'held') throw new Error(`order ${orderId} has no held reservation`);
    const levels = await this.lockLevels(manager, reservation.lines);
    for (const { sku, quantity } of reservation.lines) {
      const level = levels.get(sku)!;
      level.held -= quantity;
      level.deducted += quantity;
    }
    await manager.save([...levels.values()]);
    reservation.status = 'deducted';
    await manager.save(reservation);
    await addToOutbox(manager, 'stock.deducted', { orderId, lines: reservation.lines });
  }

  private async release(manager: EntityManager, orderId: string): Promise<void> {
    const reservation =
      (await this.lockReservation(manager, orderId)) ??
      manager.create(Reservation, { orderId, status: 'rejected', lines: [] });
    if (reservation.status === 'held') {
      const levels = await this.lockLevels(manager, reservation.lines);
      for (const { sku, quantity } of reservation.lines) {
        const level = levels.get(sku)!;
        level.held -= quantity;
        level.available += quantity;
      }
      await manager.save([...levels.values()]);
    }
    reservation.status = 'released';
    await manager.save(reservation);
    await addToOutbox(manager, 'stock.released', { orderId });
  }

  private lockReservation(manager: EntityManager, orderId: string): Promise<Reservation | null> {
    return manager.findOne(Reservation, { where: { orderId }, lock: { mode: 'pessimistic_write' } });
  }

  /** Locks rows in SKU order, so two transactions cannot deadlock. */
  private async lockLevels(
    manager: EntityManager,
    lines: readonly StockLine[],
  ): Promise<Map<string, StockLevel>> {
    const levels = await manager.find(StockLevel, {
      where: { sku: In(lines.map(({ sku }) => sku)) },
      order: { sku: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(levels.map((level) => [level.sku, level]));
  }
}

/** Sums the quantities of lines with the same SKU. */
function sumBySku(lines: readonly StockLine[]): StockLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, quantity + (sums.get(sku) ?? 0));
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}
