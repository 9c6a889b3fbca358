import { describe, expect, it } from 'vitest';

import { type Output, Screen } from './screen.js';

function renderToString(
  out: Partial<Output>,
  env: Record<string, string>,
  render: (screen: Screen) => void,
): string {
  let text = '';
  const write = (piece: string): void => void (text += piece);
  render(new Screen({ isTTY: false, columns: 80, ...out, write }, env));
  return text;
}

const renderStep = (screen: Screen): void => {
  screen.heading('1/2', '幂等扣减');
  screen.prose('The stock is deducted once.');
  screen.table([{ title: '订单' }], [['…1a2b']]);
  screen.result(true, 'the order is completed');
  screen.result(false, 'the outbox is empty');
};

describe('the screen', () => {
  it('prints plain text without a terminal', () => {
    expect(renderToString({}, {}, renderStep)).not.toContain('\u001b');
  });

  it('uses colours on a terminal', () => {
    expect(renderToString({ isTTY: true }, {}, renderStep)).toContain('\u001b[32m✓\u001b[0m');
  });

  it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('uses no colours with %j', (env) => {
    expect(renderToString({ isTTY: true }, env, renderStep)).not.toContain('\u001b[3');
  });

  it('wraps a long promise with an indent', () => {
    const text = renderToString({ columns: 20 }, {}, (screen) =>
      screen.result(true, '库存计数等于预占记录之和'),
    );
    expect(text).toBe('  ✓ 库存计数等于预占\n    记录之和\n');
  });

  it('prints no output after closeWith', () => {
    const text = renderToString({}, {}, (screen) => {
      screen.closeWith('stopping');
      screen.result(false, 'too late');
    });
    expect(text).toBe('stopping\n');
  });

  it('prints no status of a short wait in a pipe', async () => {
    let text = '';
    const write = (piece: string): void => void (text += piece);
    const screen = new Screen({ isTTY: false, columns: 80, write }, {});
    await screen.withStatus('a moment', () => Promise.resolve());
    expect(text).toBe('');
  });

  it('prints a static status immediately', async () => {
    let text = '';
    const write = (piece: string): void => void (text += piece);
    const screen = new Screen({ isTTY: true, columns: 80, write }, {});
    await screen.withStatus('installing', () => Promise.resolve(), true);
    expect(text).toContain('… installing');
  });
});
