import { describe, expect, it } from 'vitest';

import { displayWidth, pad, sparkline, formatTable, truncate, wrap } from './layout.js';

describe('the width of a text', () => {
  it.each([
    ['order', 5],
    ['订单处理队列', 12],
    ['预占 hold', 9],
    ['（死信）', 8],
    ['한국', 4],
    ['…1a2b → ✓', 9],
    ['', 0],
  ])('%s is %i columns wide', (text, width) => expect(displayWidth(text)).toBe(width));

  it('does not count colours', () => expect(displayWidth('\u001b[1m订单\u001b[0m')).toBe(4));

  it('does not count combining marks', () => expect(displayWidth('e\u0301')).toBe(1));
});

describe('padding', () => {
  it('fills up by columns, not by characters', () => {
    expect(pad('库存', 6)).toBe('库存  ');
    expect(pad('库存', 6, 'right')).toBe('  库存');
  });

  it('never cuts', () => expect(pad('库存服务', 2)).toBe('库存服务'));
});

describe('truncating', () => {
  it('leaves alone what fits', () => expect(truncate('西湖龙井', 8)).toBe('西湖龙井'));

  it('never goes over the width, even where a wide character would straddle it', () => {
    expect(truncate('西湖龙井', 6)).toBe('西湖…');
    expect(displayWidth(truncate('西湖龙井', 6))).toBeLessThanOrEqual(6);
  });
});

describe('wrapping', () => {
  const english =
    'A shopper places an order over REST, and inventory and payment hear of it at the same time.';
  const chinese =
    '订单服务保存订单，并把它放入订单处理队列；库存和支付都订阅该队列（RabbitMQ），各做各的事。';

  it.each([20, 33, 60])('keeps every line within %i columns', (width) => {
    for (const line of [...wrap(english, width), ...wrap(chinese, width)])
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
  });

  it('loses nothing', () => {
    expect(wrap(english, 30).join(' ')).toBe(english);
    expect(wrap(chinese, 30).join('')).toBe(chinese);
  });

  it.each([16, 17, 18, 19, 20, 21, 22])('begins no line with a closing mark, at %i columns', (width) => {
    for (const line of wrap(chinese, width)) expect(line).not.toMatch(/^[，；。）]/);
  });

  it.each([16, 17, 18, 19, 20, 21, 22])('ends no line in an opening mark, at %i columns', (width) => {
    for (const line of wrap(chinese, width)) expect(line).not.toMatch(/（$/);
  });

  it('does not break a Latin word among Chinese ones', () => {
    expect(wrap(chinese, 30).some((line) => line.includes('RabbitMQ'))).toBe(true);
  });

  it('gives a word that is too long a line of its own', () => {
    expect(wrap('an inventory.order-processing.3 queue', 10)).toEqual([
      'an',
      'inventory.order-processing.3',
      'queue',
    ]);
  });
});

describe('a table', () => {
  const columns = [
    { title: '订单' },
    { title: '商品', isElastic: true },
    { title: '元', align: 'right' },
  ] as const;
  const rows = [
    ['…1a2b', '2 × 西湖龙井 100克', '258.00'],
    ['…3c4d', '1 × wok', '9.90'],
  ];

  it('lines up its columns, also under wide characters', () => {
    expect(formatTable(columns, rows)).toEqual([
      '订单   商品                    元',
      '…1a2b  2 × 西湖龙井 100克  258.00',
      '…3c4d  1 × wok               9.90',
    ]);
  });

  it('shortens its elastic column where it would be too wide', () => {
    const lines = formatTable(columns, rows, 30);
    expect(lines[1]).toBe('…1a2b  2 × 西湖龙井 1…  258.00');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(30);
  });

  it('can be empty', () => expect(formatTable(columns, [])).toEqual(['订单  商品  元']));
});

describe('a sparkline', () => {
  it('shows zero as nothing and anything more as something', () => {
    expect(sparkline([0, 1, 50, 100])).toBe(' ▁▄█');
  });

  it('is blank when there is nothing to show', () => expect(sparkline([0, 0])).toBe('  '));
});
