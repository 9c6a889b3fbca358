import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { eventContracts, type Service, services, subscriptions } from '#contracts';
import { Database, databaseOptions, migrate, statement } from '#database';
import { addDeadLetters } from '#dead-letters';
import type { BatchContext, EventMessage } from '#messaging';
import { createLogger } from '#observability';
import { Outbox } from '#outbox';
import { OrderProcessingConsumer as StockConsumer } from '../../apps/inventory/src/messaging/order-processing.consumer.js';
import { migrations as inventoryMigrations } from '../../apps/inventory/src/persistence/migrations.js';
import { receiveGoods } from '../../apps/inventory/src/use-cases/receive-goods.js';
import { ProcessingResultsConsumer } from '../../apps/order/src/messaging/processing-results.consumer.js';
import { migrations as orderMigrations } from '../../apps/order/src/persistence/migrations.js';
import { OrderCancellation } from '../../apps/order/src/use-cases/cancel-order.js';
import { listProduct } from '../../apps/order/src/use-cases/list-product.js';
import { OrderChanges } from '../../apps/order/src/use-cases/order-changes.js';
import { OrderLimits } from '../../apps/order/src/use-cases/order-limits.js';
import { placeOrders } from '../../apps/order/src/use-cases/place-orders.js';
import { HttpGateway } from '../../apps/payment/src/gateways/http-gateway.js';
import { OrderProcessingConsumer as PaymentConsumer } from '../../apps/payment/src/messaging/order-processing.consumer.js';
import { leaseOperations } from '../../apps/payment/src/persistence/gateway-operations.js';
import { migrations as paymentMigrations } from '../../apps/payment/src/persistence/migrations.js';
import { applyResponses } from '../../apps/payment/src/use-cases/apply-responses.js';
import { GatewayCircuit } from '../../apps/payment/src/use-cases/gateway-circuit.js';
import { GatewayDispatcher } from '../../apps/payment/src/use-cases/gateway-dispatcher.js';

const migrations = { order: orderMigrations, inventory: inventoryMigrations, payment: paymentMigrations };

const UNLIMITED = new OrderLimits({
  ordersPerMinute: 1_000_000,
  unitsPerMinute: 1_000_000,
  declinesPerMinute: 1_000_000,
});

type BatchHandler = (messages: readonly EventMessage[], context: BatchContext) => Promise<void>;

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

const MARK_PUBLISHED = statement(
  'test_publish',
  `UPDATE outbox SET published_at = clock_timestamp()
   WHERE published_at IS NULL
   RETURNING position, id, type, producer, subject, sequence, occurred_at AS "occurredAt",
             correlation_id AS "correlationId", causation_id AS "causationId", traceparent, data`,
);

type PublishedRow = Omit<EventMessage, 'name' | 'version'> & {
  readonly position: number;
  readonly type: string;
};

/**
 * The consumers and use cases of the three services in one process, with a loop instead of the broker. The databases and
 * the ledger contain the same records as after a run of the services.
 */
export class InProcessShop {
  private keyCount = 0;

  private constructor(
    private readonly sources: readonly DataSource[],
    private readonly databases: Readonly<Record<Service, Database>>,
    private readonly outboxes: Readonly<Record<Service, Outbox>>,
    private readonly gateway: HttpGateway,
    /** Never started: it only stores operations. {@link callGateway} leases and sends them. */
    private readonly dispatcher: GatewayDispatcher,
  ) {}

  /** Migrates the databases and opens the shop on them. */
  static async open(urls: Readonly<Record<Service, string>>, gatewayUrl: string): Promise<InProcessShop> {
    const sources: DataSource[] = [];
    for (const service of services) {
      const settings = { url: urls[service], applicationName: 'audit-spec' };
      await migrate({ ...settings, migrations: migrations[service] });
      sources.push(await new DataSource(databaseOptions(settings)).initialize());
    }
    const perService = <Value>(make: (service: Service, index: number) => Value) =>
      Object.fromEntries(services.map((service, index) => [service, make(service, index)])) as Record<
        Service,
        Value
      >;
    const databases = perService((_, index) => new Database(sources[index] as DataSource));
    const outboxes = perService((service) => new Outbox(databases[service], () => {}, 1_000_000));
    const gateway = new HttpGateway({ url: gatewayUrl, timeoutMs: 5_000, connectionsMax: 4 });
    const { payment } = databases;
    const log = createLogger({ service: 'payment', level: 'error' });
    const circuit = new GatewayCircuit({ failuresMax: 10, openMs: 5_000 }, log);
    const dispatcherOptions = {
      concurrency: 1,
      timeoutMs: 5_000,
      parkAfterMs: 3_600_000,
      keyRetentionMs: 86_400_000,
      lookup: 'old-keys' as const,
      circuit,
    };
    const dispatcher = new GatewayDispatcher(payment, outboxes.payment, gateway, log, dispatcherOptions);
    return new InProcessShop(sources, databases, outboxes, gateway, dispatcher);
  }

  async listProduct(sku: string, amount: number): Promise<void> {
    const listing = { sku, name: { en: sku, zh: sku }, price: { amount, currency: 'CNY' } };
    const cause = { correlationId: uuidv7() };
    await this.databases.order.transaction((tx) =>
      listProduct(tx, this.outboxes.order, listing, cause, 'audit-spec'),
    );
  }

  /** Lists a product at `amount` fen and receives `units` of it; zero units make no receipt. */
  async addStock(sku: string, amount: number, units: number): Promise<void> {
    await this.listProduct(sku, amount);
    await this.runUntilIdle();
    if (units === 0) return;
    await this.databases.inventory.transaction((tx) =>
      receiveGoods(tx, { sku, quantity: units, key: uuidv7(), sub: 'audit-spec' }),
    );
  }

  /** Places an order. @returns its id @throws Error if it is not accepted */
  async place(paymentToken: string, lines: readonly Line[]): Promise<string> {
    this.keyCount += 1;
    const orderRequest = {
      customerId: 'guest',
      lines,
      paymentToken,
      idempotencyKey: `key-${this.keyCount}`,
      correlationId: uuidv7(),
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    };
    const [placed] = await this.databases.order.transaction((tx) =>
      placeOrders(tx, this.outboxes.order, [orderRequest], 900_000),
    );
    if (placed?.outcome !== 'accepted') throw new Error(`the order was not accepted: ${placed?.outcome}`);
    return placed.order.id;
  }

  async cancel(orderId: string): Promise<void> {
    const { order } = this.databases;
    const cancellation = new OrderCancellation(order, this.outboxes.order, new OrderChanges(), 1);
    await cancellation.cancel(orderId, 'everyone', 'audit-spec');
  }

  /** Publishes, delivers and calls the gateway until no event and no operation is pending. */
  async runUntilIdle(): Promise<void> {
    for (;;) {
      const published = await this.publish();
      await this.deliver(published);
      if (published.length + (await this.callGateway()) === 0) return;
    }
  }

  /** Marks all pending events as published and returns them, per service in the order of the outbox. */
  async publish(): Promise<EventMessage[]> {
    const rows = await Promise.all(
      services.map((service) => this.databases[service].query<PublishedRow>(MARK_PUBLISHED)),
    );
    return rows.flatMap((ofService) => ofService.toSorted((a, b) => a.position - b.position).map(toMessage));
  }

  /** Delivers each message to every consumer that subscribes to it, in one transaction per delivery. */
  async deliver(messages: readonly EventMessage[]): Promise<void> {
    for (const { consumer, service, events } of subscriptions) {
      const delivered = messages.filter(({ name }) => events.some((contract) => contract.name === name));
      const handle = this.createHandler(service);
      for (const message of delivered) {
        await this.databases[service].transaction((tx) => handle([message], { tx, consumer }));
      }
    }
  }

  /** Stores a message as a dead letter of `queue`, as after five failed attempts. */
  async addDeadLetter(service: Service, queue: string, message: EventMessage): Promise<void> {
    const deadLetter = {
      queue,
      key: message.id,
      messageId: message.id,
      type: `${message.name}.v${message.version}`,
      failureReason: 'attempts_exhausted',
      error: 'Error: the handler failed',
      stack: null,
      attempts: 5,
      replay: 0,
      delivery: '',
      redelivered: false,
      exchange: `${message.producer}.events`,
      routingKey: `${message.name}.0`,
      publishedBy: message.producer,
      properties: '{}',
      body: Buffer.from(JSON.stringify(message)),
    };
    await this.databases[service].transaction((tx) => addDeadLetters(tx, [deadLetter]));
  }

  async close(): Promise<void> {
    this.gateway.close();
    await Promise.all(this.sources.map((source) => source.destroy()));
  }

  private async callGateway(): Promise<number> {
    const { payment } = this.databases;
    const operations = await leaseOperations(payment, 100, 60_000);
    for (const operation of operations) {
      const response = await this.gateway.send(operation);
      await payment.transaction(async (tx) => {
        const next = await applyResponses(tx, this.outboxes.payment, [{ operation, response }]);
        await this.dispatcher.add(tx, next);
      });
    }
    return operations.length;
  }

  private createHandler(service: Service): BatchHandler {
    const { order, inventory, payment } = this.outboxes;
    const consumers = {
      order: () => new ProcessingResultsConsumer(order, new OrderChanges(), UNLIMITED),
      inventory: () => new StockConsumer(inventory),
      payment: () => new PaymentConsumer(payment, this.dispatcher),
    };
    const consumer = consumers[service]();
    return (messages, context) => consumer.handle(messages as never, context);
  }
}

function toMessage({ position, type, ...row }: PublishedRow): EventMessage {
  const contract = eventContracts[type as keyof typeof eventContracts];
  if (!contract) throw new Error(`outbox row ${position} has an unknown type: ${type}`);
  return { ...row, name: contract.name, version: contract.version };
}
