import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { InboxMessage, OutboxMessage } from '../entities/messages.js';
import type { EventName, Events, Message } from '../events.js';
import { RabbitMq } from './rabbitmq.js';

const POLL_INTERVAL_MS = 100;
const BATCH_SIZE = 100;

/** Stores an event in the transaction of the business change; the relay publishes it. */
export async function addToOutbox<Name extends EventName>(
  manager: EntityManager,
  pattern: Name,
  data: Events[Name],
): Promise<void> {
  await manager.save(manager.create(OutboxMessage, { messageId: randomUUID(), pattern, data }));
}

/** Runs `work` in a transaction that claims the message; does nothing when the message is claimed already. */
export function handleOnce(
  dataSource: DataSource,
  { id }: Message,
  work: (manager: EntityManager) => Promise<void>,
): Promise<void> {
  return dataSource.transaction(async (manager) => {
    if (await manager.existsBy(InboxMessage, { messageId: id })) return;
    await manager.insert(InboxMessage, { messageId: id }); // a concurrent duplicate fails here and is redelivered
    await work(manager);
  });
}

/** Polls the outbox and publishes pending rows in order, each after the confirm of the one before. */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OutboxRelay.name);
  private timer: NodeJS.Timeout | undefined;
  private isRunning = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly rabbitMq: RabbitMq,
    private readonly exchange: string,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.rabbitMq.assertExchange(this.exchange);
    this.timer = setInterval(() => void this.poll(), POLL_INTERVAL_MS);
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async poll(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      while ((await this.publishBatch()) === BATCH_SIZE);
    } catch (error) {
      this.logger.error(error);
    } finally {
      this.isRunning = false;
    }
  }

  private async publishBatch(): Promise<number> {
    const outbox = this.dataSource.getRepository(OutboxMessage);
    const messages = await outbox.find({
      where: { publishedAt: IsNull() },
      order: { position: 'ASC' },
      take: BATCH_SIZE,
    });
    for (const message of messages) {
      const { messageId: id, pattern, data } = message;
      await this.rabbitMq.publish(this.exchange, { id, pattern, data } as Message);
      message.publishedAt = new Date();
      await outbox.save(message);
    }
    return messages.length;
  }
}
