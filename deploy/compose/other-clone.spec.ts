import { expect, test } from 'vitest';

import { explainOtherClone } from './other-clone.js';

test.each([
  ['', '/home/li/订单处理'],
  ['/home/li/订单处理', ''],
  ['/home/li/订单处理', '/home/li/订单处理'],
  ['/home/li/Shop Demo', '/home/li/Shop Demo/deploy'],
  ['/home/li/Shop Demo/deploy', '/home/li/Shop Demo'],
  ['/', '/srv/shop'],
])('volumes of %j are used from %j', (recorded, current) => {
  expect(explainOtherClone(recorded, current)).toBeUndefined();
});

test.each([
  ['/home/li/订单处理', '/home/li/订单处理2'],
  ['/home/li/Shop Demo', '/home/li/Shop'],
])('volumes of %j are refused from %j', (recorded, current) => {
  const text = explainOtherClone(recorded, current);
  expect(text).toContain(`in ${recorded}; this one is in ${current}.`);
  expect(text).toContain('cp deploy/compose/second-shop.env .env');
});
