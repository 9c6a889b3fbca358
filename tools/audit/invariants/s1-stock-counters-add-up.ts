import type { Invariant } from './invariant.js';

export const s1: Invariant = {
  id: 'S1',
  statement: {
    en: 'for every SKU: received = available + held + deducted, and none is negative',
    zh: '每个 SKU：入库 = 可用 + 预占 + 已扣减，且均不为负',
  },
  sql: [
    {
      service: 'inventory',
      problem: { en: 'the counters do not add up', zh: '库存计数不平' },
      violations: `
        SELECT sku, received, available, held, deducted
        FROM stock_levels
        WHERE received <> available + held + deducted OR LEAST(received, available, held, deducted) < 0
        ORDER BY sku`,
      count: 'SELECT count(*) FROM stock_levels',
    },
  ],
};
