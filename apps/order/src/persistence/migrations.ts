import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, type Privileges } from '#database';
import { deadLetterMigrations, deadLetterPrivileges } from '#dead-letters';
import { CreateInbox1763700000001, inboxPrivileges } from '#inbox';
import { outboxMigrations, outboxPrivileges } from '#outbox';

class CreateProducts1763700000010 implements MigrationInterface {
  readonly name = 'CreateProducts1763700000010';

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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE products');
  }
}

/** Every price a product has ever had; an order line names the version it was sold at. */
class CreateProductPrices1763700000011 implements MigrationInterface {
  readonly name = 'CreateProductPrices1763700000011';

  async up(runner: QueryRunner): Promise<void> {
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
    await runner.query('DROP TABLE product_prices');
  }
}

/**
 * Nearly all stored orders have completed, and every order passes through two other statuses first. An index of all
 * statuses would receive three entries per order and keep one of them for ever. The partial index `orders_not_completed`
 * keeps no entry of a completed order. `orders_by_customer` gives a customer's orders, the newest first.
 */
class CreateOrders1763700000012 implements MigrationInterface {
  readonly name = 'CreateOrders1763700000012';

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
        tracestate       text,
        placed_at        timestamptz NOT NULL DEFAULT now(),
        deadline_at      timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL DEFAULT now()
      ) WITH (fillfactor = 70)`);
    await runner.query(`
      CREATE INDEX orders_not_completed ON orders (status, id) WHERE status <> 'completed'`);
    await runner.query('CREATE INDEX orders_by_customer ON orders (customer_id, id DESC)');
    await runner.query(`CREATE INDEX orders_deadline ON orders (deadline_at) WHERE status = 'pending'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders');
  }
}

class CreateOrderLines1763700000013 implements MigrationInterface {
  readonly name = 'CreateOrderLines1763700000013';

  async up(runner: QueryRunner): Promise<void> {
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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_lines');
  }
}

/** The history of every order, one row per step; rows are never changed or deleted. */
class CreateOrderTransitions1763700000014 implements MigrationInterface {
  readonly name = 'CreateOrderTransitions1763700000014';

  async up(runner: QueryRunner): Promise<void> {
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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE order_transitions');
  }
}

/** Pruning reads the index `idempotency_keys_by_age`. */
class CreateIdempotencyKeys1763700000015 implements MigrationInterface {
  readonly name = 'CreateIdempotencyKeys1763700000015';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_keys (
        customer_id  text        NOT NULL,
        key          text        NOT NULL,
        request_hash text        NOT NULL,
        order_id     uuid        NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (customer_id, key)
      )`);
    await runner.query('CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_keys');
  }
}

/** `DeadlineWatch` looks up when an order was published. Ids increase with time, so the index grows at its end only. */
class IndexFirstEvents1763700000016 implements MigrationInterface {
  readonly name = 'IndexFirstEvents1763700000016';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'outbox_first', 'ON outbox (subject) WHERE sequence = 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX outbox_first');
  }
}

export const migrations = [
  CreateInbox1763700000001,
  ...outboxMigrations,
  ...deadLetterMigrations,
  CreateProducts1763700000010,
  CreateProductPrices1763700000011,
  CreateOrders1763700000012,
  CreateOrderLines1763700000013,
  CreateOrderTransitions1763700000014,
  CreateIdempotencyKeys1763700000015,
  IndexFirstEvents1763700000016,
];

/** Order lines, prices and transitions are append-only: the service may neither change nor delete their rows. */
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
