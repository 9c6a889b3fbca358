import { eventContracts, subscriptions } from '#contracts';
import { applyTopology, deriveTopology } from '#messaging';
import { INITIAL_STOCK, skus } from '../../load.js';
import type { Baseline } from '../baseline.js';
import { createTables } from './schema.js';

/** The bare programs: see README.md. */
export const bare: Baseline = {
  name: 'bare',
  prepare: async (databaseUrls, brokerUrl) => {
    const contracts = Object.values(eventContracts);
    await applyTopology(brokerUrl, deriveTopology({ contracts, subscriptions, partitions: 4 }));
    await createTables(databaseUrls, skus, INITIAL_STOCK);
  },
};
