import { unnestParameters, statement, type Transaction } from '#database';

/** An idempotency key, the request that used it, and the order of that request. */
export interface KeyRecord {
  readonly customerId: string;
  readonly key: string;
  /** SHA-256 of the request: the same key with another hash is refused. */
  readonly requestHash: string;
  readonly orderId: string;
}

// Waits for a concurrent transaction with the same key. Sorted, so that two batches do not deadlock.
const CLAIM = statement(
  'idempotency_keys_claim',
  `INSERT INTO idempotency_keys (customer_id, key, request_hash, order_id)
   SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) AS k (customer_id, key, request_hash, order_id)
   ORDER BY k.customer_id, k.key
   ON CONFLICT DO NOTHING
   RETURNING order_id AS "orderId"`,
);

const RELEASE = statement(
  'idempotency_keys_release',
  `DELETE FROM idempotency_keys AS i
   USING unnest($1::text[], $2::text[]) AS k (customer_id, key)
   WHERE i.customer_id = k.customer_id AND i.key = k.key`,
);

const FIND = statement(
  'idempotency_keys_find',
  `SELECT i.customer_id AS "customerId", i.key, i.request_hash AS "requestHash", i.order_id AS "orderId"
   FROM unnest($1::text[], $2::text[]) AS k (customer_id, key)
   JOIN idempotency_keys AS i USING (customer_id, key)`,
);

/** Claims the unused keys; resolves to the order ids of the claimed keys. */
export async function claimKeys(tx: Transaction, records: readonly KeyRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const rows = await tx.query<{ orderId: string }>(
    CLAIM,
    unnestParameters(records, 'customerId', 'key', 'requestHash', 'orderId'),
  );
  return new Set(rows.map(({ orderId }) => orderId));
}

/** Deletes keys that this transaction claimed for orders it refused. The claims never become visible. */
export async function releaseKeys(tx: Transaction, records: readonly KeyRecord[]): Promise<void> {
  if (records.length > 0) await tx.query(RELEASE, unnestParameters(records, 'customerId', 'key'));
}

/** The records of these keys; an unused key has none. */
export function findKeyRecords(
  tx: Transaction,
  keys: readonly Pick<KeyRecord, 'customerId' | 'key'>[],
): Promise<KeyRecord[]> {
  return tx.query<KeyRecord>(FIND, unnestParameters(keys, 'customerId', 'key'));
}
