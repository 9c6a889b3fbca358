import { provisionDatabase } from '#runtime';
import { config } from './config.js';
import { migrations } from './persistence/migrations.js';
import { seedStock } from './use-cases/seed-stock.js';

const applied = await provisionDatabase({ databaseUrl: config.databaseUrl, migrations, seed: seedStock });
console.log(`inventory: ${applied.length} migrations applied`);
