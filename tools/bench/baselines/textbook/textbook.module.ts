import 'reflect-metadata';
import { Controller, Get, Module, StandardSchemaValidationPipe, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { InboxMessage, OutboxMessage } from './entities/messages.js';
import { OutboxRelay } from './messaging/outbox.js';
import { RabbitMq } from './messaging/rabbitmq.js';
import { settings } from './settings.js';

@Controller('health')
class HealthController {
  @Get('ready')
  ready() {
    return { status: 'ok' };
  }
}

export interface ServiceParts {
  readonly name: 'order' | 'inventory' | 'payment';
  readonly entities: Type[];
  readonly controllers: Type[];
  readonly providers: Type[];
}

@Module({})
class TextbookModule {
  static forRoot({ name, entities, controllers, providers }: ServiceParts) {
    const database = TypeOrmModule.forRoot({
      type: 'postgres',
      url: settings.databaseUrl,
      entities: [InboxMessage, OutboxMessage, ...entities],
    });
    const relay = {
      provide: OutboxRelay,
      inject: [DataSource, RabbitMq],
      useFactory: (dataSource: DataSource, rabbitMq: RabbitMq) =>
        new OutboxRelay(dataSource, rabbitMq, `${name}.events`),
    };
    return {
      module: TextbookModule,
      imports: [database],
      controllers: [HealthController, ...controllers],
      providers: [RabbitMq, relay, ...providers],
    };
  }
}

/** Starts a service: database connection, consumers, relay and HTTP server. */
export async function startService(parts: ServiceParts): Promise<void> {
  const module = TextbookModule.forRoot(parts);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: ['error', 'warn'],
  });
  app.useGlobalPipes(new StandardSchemaValidationPipe());
  app.enableShutdownHooks();
  await app.listen(settings.port, '127.0.0.1');
}
