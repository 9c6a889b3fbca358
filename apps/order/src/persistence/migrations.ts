import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Privileges } from '#database';
import { deadLetterMigrations, deadLetterPrivileges } from '#dead-letters';
import { CreateInbox1763700000001, inboxPrivileges } from '#inbox';
import { outboxMigrations, outboxPrivileges } from '#outbox';

class CreateCatalogue1763700000010 implements MigrationInterface {
  readonly name = 'CreateCatalogue1763700000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE products (
        sku           text        PRIMARY KEY,
        name_en       text        NOT NULL,
        name_zh       text        NOT NULL,
        price_version integer     NOT NULL,
        price_amount  bigint      NOT NULL CHECK (price_amount >= 0),
        currency      text        NOT NULL,
        updated_at    timestamptz NOT NULL DEFAULT now()
      )`);
    // Every price there ever was; an order line names the version it was sold at.
    await runner.query(`
      CREATE TABLE product_prices (
        sku         text        NOT NULL REFERENCES products,
        version     integer     NOT NULL,
        amount      bigint      NOT NULL CHECK (amount >= 0),
        currency    text        NOT NULL,
        valid_from  timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (sku, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE product_prices, products');
  }
}

class CreateOrders1763700000011 implements MigrationInterface {
  readonly name = 'CreateOrders1763700000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id               uuid        PRIMARY KEY,
        customer_id      text        NOT NULL,
        status           text        NOT NULL
          CHECK (status IN ('pending', 'confirmed', 'completed', 'cancelling', 'cancelled')),
        cancellation     text,
        stock            text        NOT NULL,
        stock_sequence   integer     NOT NULL,
        payment          text        NOT NULL,
        payment_sequence integer     NOT NULL,
        version          integer     NOT NULL,
        total_amount     bigint      NOT NULL,
        currency         text        NOT NULL,
        correlation_id   text        NOT NULL,
        traceparent      text,
        placed_at        timestamptz NOT NULL DEFAULT now(),
        deadline_at      timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
    await runner.query('CREATE INDEX orders_by_status ON orders (status, id)');
    await runner.query(`CREATE INDEX orders_deadline ON orders (deadline_at) WHERE status = 'pending'`);
    await runner.query(`
      CREATE TABLE order_lines (
        order_id      uuid    NOT NULL,
        line          integer NOT NULL,
        sku           text    NOT NULL,
        quantity      integer NOT NULL CHECK (quantity > 0),
        unit_price    bigint  NOT NULL,
        price_version integer NOT NULL,
        PRIMARY KEY (order_id, line)
      )`);
    // What became of an order, step by step; rows are only ever added.
    await runner.query(`
      CREATE TABLE order_transitions (
        order_id    uuid        NOT NULL,
        version     integer     NOT NULL,
        trigger     text        NOT NULL,
        from_status text,
        to_status   text        NOT NULL,
        stock       text        NOT NULL,
        payment     text        NOT NULL,
        reason      text,
        message_id  uuid,
        at          timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (order_id, version)
      )`);
    await runner.query(`
      CREATE TABLE idempotency_keys (
        customer_id  text        NOT NULL,
        key          text        NOT NULL,
        request_hash text        NOT NULL,
        order_id     uuid        NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (customer_id, key)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys, order_transitions, order_lines, orders');
  }
}

/** For pruning. */
class IndexIdempotencyKeysByAge1763700000012 implements MigrationInterface {
  readonly name = 'IndexIdempotencyKeysByAge1763700000012';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX idempotency_keys_by_age');
  }
}

/**
 * Nearly all orders there are have completed, and every order passes through two other statuses first. An index of all
 * would get three entries per order, for ever; of this one a completed order leaves nothing.
 */
class IndexOrdersNotCompleted1763700000013 implements MigrationInterface {
  readonly name = 'IndexOrdersNotCompleted1763700000013';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX orders_not_completed ON orders (status, id) WHERE status <> 'completed'`);
    await runner.query('DROP INDEX orders_by_status');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX orders_by_status ON orders (status, id)');
    await runner.query('DROP INDEX orders_not_completed');
  }
}

export const migrations = [
  CreateInbox1763700000001,
  ...outboxMigrations,
  ...deadLetterMigrations,
  CreateCatalogue1763700000010,
  CreateOrders1763700000011,
  IndexIdempotencyKeysByAge1763700000012,
  IndexOrdersNotCompleted1763700000013,
];

/** Who may do what with the tables. What has been sold, and at what price, is never changed or deleted. */
export const privileges: Privileges = {
  ...inboxPrivileges,
  ...outboxPrivileges,
  ...deadLetterPrivileges,
  products: { service: 'SELECT, INSERT, UPDATE' },
  product_prices: { service: 'SELECT, INSERT' },
  orders: { service: 'SELECT, INSERT, UPDATE' },
  order_lines: { service: 'SELECT, INSERT' },
  order_transitions: { service: 'SELECT, INSERT' },
  idempotency_keys: { service: 'SELECT, INSERT, DELETE' },
};
