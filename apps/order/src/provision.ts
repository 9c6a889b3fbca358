import { provisionDatabase } from '#runtime';
import { config } from './config.js';
import { migrations } from './persistence/migrations.js';
import { seedCatalogue } from './use-cases/seed-catalogue.js';

const applied = await provisionDatabase({ databaseUrl: config.databaseUrl, migrations, seed: seedCatalogue });
console.log(`order: ${applied.length} migrations applied`);
