import { provisionDatabase } from '#runtime';
import { config } from './config.js';
import { migrations } from './persistence/migrations.js';

const applied = await provisionDatabase({ databaseUrl: config.databaseUrl, migrations });
console.log(`payment: ${applied.length} migrations applied`);
