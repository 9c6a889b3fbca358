import { describe, expect, it } from 'vitest';

import { displayWidth, pad, sparkline, formatTable, truncate, wrap } from './layout.js';

describe('displayWidth', () => {
  it.each([
    ['order', 5],
    ['订单处理队列', 12],
    ['预占 hold', 9],
    ['（死信）', 8],
    ['한국', 4],
    ['…1a2b → ✓', 9],
    ['', 0],
  ])('%s is %i columns wide', (text, width) => expect(displayWidth(text)).toBe(width));

  it('ignores colour codes', () => expect(displayWidth('\u001b[1m订单\u001b[0m')).toBe(4));

  it('ignores combining marks', () => expect(displayWidth('e\u0301')).toBe(1));
});

describe('pad', () => {
  it('pads by columns, not by characters', () => {
    expect(pad('库存', 6)).toBe('库存  ');
    expect(pad('库存', 6, 'right')).toBe('  库存');
  });

  it('never truncates', () => expect(pad('库存服务', 2)).toBe('库存服务'));
});

describe('truncate', () => {
  it('keeps a text that fits', () => expect(truncate('西湖龙井', 8)).toBe('西湖龙井'));

  it('never exceeds the width, even at a wide character', () => {
    expect(truncate('西湖龙井', 6)).toBe('西湖…');
    expect(displayWidth(truncate('西湖龙井', 6))).toBeLessThanOrEqual(6);
  });
});

describe('wrap', () => {
  const english = 'A client places an order over REST, and inventory and payment handle it at the same time.';
  const chinese =
    '订单服务保存订单，并把它放入订单处理队列；库存和支付都订阅该队列（RabbitMQ），各做各的事。';

  it.each([20, 33, 60])('keeps every line within %i columns', (width) => {
    for (const line of [...wrap(english, width), ...wrap(chinese, width)])
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('keeps every character', () => {
    expect(wrap(english, 30).join(' ')).toBe(english);
    expect(wrap(chinese, 30).join('')).toBe(chinese);
  });

  it.each([16, 17, 18, 19, 20, 21, 22])('starts no line with a closing mark, at %i columns', (width) => {
    for (const line of wrap(chinese, width)) expect(line).not.toMatch(/^[，；。）]/);
  });

  it.each([16, 17, 18, 19, 20, 21, 22])('ends no line with an opening mark, at %i columns', (width) => {
    for (const line of wrap(chinese, width)) expect(line).not.toMatch(/（$/);
  });

  it('does not break a Latin word inside Chinese text', () => {
    expect(wrap(chinese, 30).some((line) => line.includes('RabbitMQ'))).toBe(true);
  });

  it('puts a word that is too long on a separate line', () => {
    expect(wrap('an inventory.order-processing.3 queue', 10)).toEqual([
      'an',
      'inventory.order-processing.3',
      'queue',
    ]);
  });
});

describe('formatTable', () => {
  const columns = [
    { title: '订单' },
    { title: '商品', isElastic: true },
    { title: '元', align: 'right' },
  ] as const;
  const rows = [
    ['…1a2b', '2 × 西湖龙井 100克', '258.00'],
    ['…3c4d', '1 × wok', '9.90'],
  ];

  it('aligns columns, also with wide characters', () => {
    expect(formatTable(columns, rows)).toEqual([
      '订单   商品                    元',
      '…1a2b  2 × 西湖龙井 100克  258.00',
      '…3c4d  1 × wok               9.90',
    ]);
  });

  it('truncates the elastic column to fit the width', () => {
    const lines = formatTable(columns, rows, 30);
    expect(lines[1]).toBe('…1a2b  2 × 西湖龙井 1…  258.00');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(30);
  });

  it('prints the titles of an empty table', () =>
    expect(formatTable(columns, [])).toEqual(['订单  商品  元']));
});

describe('sparkline', () => {
  it('shows zero as blank and every positive number as a bar', () => {
    expect(sparkline([0, 1, 50, 100])).toBe(' ▁▄█');
  });

  it('is blank for zeros', () => expect(sparkline([0, 0])).toBe('  '));
});
