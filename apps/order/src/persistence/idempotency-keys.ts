import { unnestParameters, statement, type Transaction } from '#database';

/** A client's key, what it was used for, and the order that came of it. */
export interface KeyRecord {
  readonly customerId: string;
  readonly key: string;
  /** A hash of the request: the same key with another request is a mistake of the client. */
  readonly requestHash: string;
  readonly orderId: string;
}

// Waits for a transaction that is just using the same key elsewhere. Sorted, so that two batches do not deadlock.
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

/** Takes the keys that nobody has used; resolves to the ids of their orders. */
export async function claimKeys(tx: Transaction, records: readonly KeyRecord[]): Promise<Set<string>> {
  if (records.length === 0) return new Set();
  const rows = await tx.query<{ orderId: string }>(
    CLAIM,
    unnestParameters(records, 'customerId', 'key', 'requestHash', 'orderId'),
  );
  return new Set(rows.map(({ orderId }) => orderId));
}

/** Frees keys that this transaction has claimed and not used: nobody will ever have seen them taken. */
export async function releaseKeys(tx: Transaction, records: readonly KeyRecord[]): Promise<void> {
  if (records.length > 0) await tx.query(RELEASE, unnestParameters(records, 'customerId', 'key'));
}

/** What these keys were used for before, as far as they were. */
export function findKeyRecords(
  tx: Transaction,
  keys: readonly Pick<KeyRecord, 'customerId' | 'key'>[],
): Promise<KeyRecord[]> {
  return tx.query<KeyRecord>(FIND, unnestParameters(keys, 'customerId', 'key'));
}
