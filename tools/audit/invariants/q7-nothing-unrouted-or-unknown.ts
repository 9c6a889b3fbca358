import { services } from '#contracts';
import { countMessages } from '../broker.js';
import type { Invariant, SqlCheck } from './invariant.js';

const deadLetterChecks = services.map((service): SqlCheck => ({
  service,
  problem: { en: 'a dead letter without its bytes, reason or origin', zh: '死信缺少原始字节、原因或来源' },
  // An empty message is a dead letter without bytes; its reason is `malformed`.
  violations: `
      SELECT '${service}' AS service, id, queue, failure_reason AS "failureReason", octet_length(body) AS "bodyBytes", exchange,
             routing_key AS "routingKey"
      FROM dead_letters
      WHERE COALESCE(octet_length(body), 0) = 0 AND NOT (body IS NOT NULL AND failure_reason = 'malformed')
         OR COALESCE(failure_reason, '') = '' OR COALESCE(error, '') = ''
         OR COALESCE(queue, '') = '' OR exchange IS NULL OR COALESCE(routing_key, '') || exchange = ''
      ORDER BY id`,
  count: 'SELECT count(*) FROM dead_letters',
}));

export const q7: Invariant = {
  id: 'Q7',
  statement: {
    en: '`unrouted` is empty; no payment outcome is unknown; every dead letter has its bytes, reason and origin',
    zh: 'unrouted 为空；没有结果未知的支付；每条死信都有原始字节、原因和来源',
  },
  sql: [
    {
      service: 'payment',
      problem: { en: 'the outcome of the payment is unknown', zh: '支付结果仍未知' },
      violations: `
        SELECT order_id AS "orderId", p.status, o.operation, o.attempts, o.last_error AS "lastError"
        FROM payments AS p
        FULL JOIN (SELECT * FROM gateway_operations WHERE completed_at IS NULL) AS o USING (order_id)
        WHERE p.status IN ('authorizing', 'capturing', 'voiding', 'refunding') OR o.operation IS NOT NULL
        ORDER BY order_id`,
      count: 'SELECT count(*) FROM payments',
    },
    ...deadLetterChecks,
  ],
  async checkDatabases(snapshots, { sources: { broker } }, findings) {
    for (const { service, rows } of await openDeadLetters(snapshots)) {
      findings.addRemark({
        en: `open dead letters of ${service}, awaiting an operator: ${rows}`,
        zh: `${service} 等待人工处理的死信：${rows}`,
      });
    }
    if (broker === undefined) {
      findings.addUnchecked({
        en: '`unrouted` (no broker URL)',
        zh: 'unrouted 队列（未给出 RabbitMQ 地址）',
      });
      return;
    }
    const { unrouted } = await countMessages(broker);
    findings.addChecked(1);
    if (unrouted === 0) return;
    const problem = { en: 'messages that no queue is bound for', zh: '有消息没有匹配的队列绑定' };
    findings.addViolation(problem, { queue: 'unrouted', messages: unrouted });
  },
};

async function openDeadLetters(snapshots: Parameters<NonNullable<Invariant['checkDatabases']>>[0]) {
  const counted = await Promise.all(
    services.map(async (service) => {
      const [row] = await snapshots[service].rows<{ count: number }>(
        `SELECT count(*) FROM dead_letters WHERE status = 'open'`,
      );
      return { service, rows: row?.count ?? 0 };
    }),
  );
  return counted.filter(({ rows }) => rows > 0);
}
