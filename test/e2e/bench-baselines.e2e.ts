import { randomBytes } from 'node:crypto';

import { expect, inject, test } from 'vitest';

import { startBaseline } from '../../tools/bench/baselines/baseline.js';
import { floor } from '../../tools/bench/baselines/floor/baseline.js';
import { textbook } from '../../tools/bench/baselines/textbook/baseline.js';
import { ShopUnderLoad } from '../../tools/bench/shop-under-load.js';
import { Databases } from '../../tools/local/databases.js';
import { openRunFolder, removeRunFolder } from '../../tools/local/run-folder.js';
import { VirtualHosts } from '../../tools/local/virtual-hosts.js';
import { isGiven, NEEDS_OWN } from './start-shop.js';

test.for([textbook, floor])(
  'what ours is measured against does its work: ten orders, and ten more at a constant rate, complete, once, and the books agree ($name)',
  { timeout: 180_000 },
  async (baseline, { skip, onTestFinished }) => {
    if (isGiven) skip(NEEDS_OWN);
    const run = await openRunFolder();
    onTestFinished(() => removeRunFolder(run));
    const shop = await startBaseline(baseline, {
      databases: new Databases(inject('databaseAccess')),
      virtualHosts: new VirtualHosts(inject('brokerAccess')),
      folder: run.path,
      suffix: randomBytes(4).toString('hex'),
    });
    onTestFinished(() => shop.stop());
    const customers = await ShopUnderLoad.open(baseline.name, shop, 4);
    onTestFinished(() => customers.close());
    await Promise.all(Array.from({ length: 10 }, () => customers.place()));
    await customers.allEnded();
    const { completedMs } = await customers.waits({ ratePerSecond: 100, durationMs: 100 });
    expect(completedMs.filter((ms) => ms > 0)).toHaveLength(10);
    await customers.prove();
  },
);
