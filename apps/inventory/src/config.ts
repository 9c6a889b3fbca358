import { z } from 'zod';
import { loadConfig } from '#config';
import { checkRetentions, serviceVariables } from '#runtime';

/** `INVENTORY_…` variables. */
export const config = loadConfig(
  'INVENTORY',
  z.object(serviceVariables({ port: 3001 })).check(checkRetentions),
);
