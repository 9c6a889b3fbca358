import type { LessonTexts } from '../lesson.js';

export const texts: LessonTexts = {
  title: {
    en: 'Overselling: read, then write (超卖)',
    zh: '超卖：并发扣减库存的先读后写',
  },
  predict: {
    en:
      'Ten units are in stock. Twenty buyers come in pairs: while the first of a pair has read the stock, the second ' +
      'reads and writes. How many units are sold if every buyer reads, compares and writes?',
    zh: '库存十件，二十个买家两两同时到来：一个买家读完库存、还没写回，另一个买家读取并写回。人人都“先读、再比较、后写”，会卖出几件？',
  },
  mistake: {
    en:
      'Between the read and the write, the number is out of date: two buyers subtract from the same value, and one ' +
      'subtraction is lost.',
    zh: '读与写之间，读到的数已经过期：两个买家从同一个数往下减，其中一次扣减被覆盖（丢失更新）。',
  },
  ours: {
    en:
      'Thirty customers order at the same time; ten units are in stock. Inventory locks the rows of a batch in a fixed ' +
      'order, decides, and writes in one transaction. The table refuses a negative number by a CHECK.',
    zh:
      '三十位客户同时下单，库存十件。库存服务按固定顺序锁住一批库存行，在同一个事务里判断并写回，先预占后扣减；' +
      '数据表还用 CHECK 约束拒绝负数。',
  },
  task: {
    en: 'Change `reserve` so that ten units are sold to ten of twenty buyers, also when two replicas run it.',
    zh: '修改 `reserve`，使二十个买家正好买走十件，两个副本并发运行也一样。',
  },
};

export const labels = {
  stock: { en: 'units in stock', zh: '库存件数' },
  buyers: { en: 'buyers', zh: '买家数' },
  sold: { en: 'units sold', zh: '卖出的件数' },
  oversold: { en: 'oversold: units that do not exist', zh: '超卖（卖出了不存在的库存）' },
  unsold: { en: 'refused although units were left', zh: '仍有库存却被拒的买家' },
};

export const advice = {
  oversold: {
    en:
      'Two buyers subtracted from the same number. Compare and subtract in one UPDATE with `available >= quantity` in its ' +
      'WHERE, or lock the row with SELECT … FOR UPDATE inside BEGIN and COMMIT. A lock in memory does not reach a second replica.',
    zh:
      '两个买家从同一个数往下减。用一条 UPDATE 同时比较和扣减（WHERE 里写 `available >= 数量`），' +
      '或在 BEGIN 和 COMMIT 之间用 SELECT … FOR UPDATE 锁行。内存里的锁管不到另一个副本。',
  },
  unsold: (error: string) => ({
    en: `A buyer was refused while units were left. ${error && `The first error: ${error}`}`.trim(),
    zh: `还有库存，买家却被拒绝。${error && `第一个错误：${error}`}`,
  }),
};
