import { randomBytes } from 'node:crypto';

import { expect, inject, test } from 'vitest';

import { startBaseline } from '../../tools/bench/baselines/baseline.js';
import { bare } from '../../tools/bench/baselines/bare/baseline.js';
import { textbook } from '../../tools/bench/baselines/textbook/baseline.js';
import { ShopUnderLoad } from '../../tools/bench/shop-under-load.js';
import { Databases } from '../../tools/local/databases.js';
import { createRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { isExternal, NEEDS_OWN_SHOP } from './start-shop.js';

test.for([textbook, bare])(
  'a baseline completes every order exactly once ($name)',
  { timeout: 180_000 },
  async (baseline, { skip, onTestFinished }) => {
    if (isExternal) skip(NEEDS_OWN_SHOP);
    const run = await createRunFolder();
    onTestFinished(() => removeRunFolder(run));
    const shop = await startBaseline(baseline, {
      databases: new Databases(inject('databaseAccess')),
      virtualHosts: new VirtualHosts(inject('brokerAccess')),
      folder: run.path,
      suffix: randomBytes(4).toString('hex'),
    });
    onTestFinished(() => shop.stop());
    const target = await ShopUnderLoad.open(baseline.name, shop);
    onTestFinished(() => target.close());
    const { orders } = await target.runRound({ connections: 4, ordersMax: 10 });
    expect(orders).toBe(10);
    const { completedMs } = await target.measureLatencies({ ratePerSecond: 100, durationMs: 100 });
    expect(completedMs.filter((ms) => ms > 0)).toHaveLength(10);
    await target.verify();
  },
);
