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
    if (await this.lockReservation(manager, orderId)) return; // cancelled before it was placed
    const wanted = sumBySku(lines);
    const levels = await this.lockLevels(manager, wanted);
    const isAvailable = wanted.every(({ sku, quantity }) => (levels.get(sku)?.available ?? 0) >= quantity);
    if (!isAvailable) {
      await manager.save(manager.create(Reservation, { orderId, status: 'rejected', lines: wanted }));
      return addToOutbox(manager, 'stock.rejected', { orderId });
    }
    for (const { sku, quantity } of wanted) {
      const level = levels.get(sku)!;
      level.available -= quantity;
      level.held += quantity;
    }
    await manager.save([...levels.values()]);
    await manager.save(manager.create(Reservation, { orderId, status: 'held', lines: wanted }));
    await addToOutbox(manager, 'stock.held', { orderId, lines: wanted });
  }

  private async deduct(manager: EntityManager, orderId: string): Promise<void> {
    const reservation = await this.lockReservation(manager, orderId);
    if (reservation?.status !== 'held') throw new Error(`nothing is held for order ${orderId}`);
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

  /** Sorted, so that no two transactions deadlock. */
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

/** Two lines on one SKU count together. */
function sumBySku(lines: readonly StockLine[]): StockLine[] {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, quantity + (sums.get(sku) ?? 0));
  return [...sums].map(([sku, quantity]) => ({ sku, quantity }));
}
