import { provisionService } from '#runtime';
import { migrations, privileges } from './persistence/migrations.js';
import { seedStock } from './use-cases/seed-stock.js';

await provisionService({ service: 'inventory', migrations, privileges, seed: seedStock });
