import { provisionService } from '#runtime';
import { migrations, rights } from './persistence/migrations.js';
import { seedStock } from './use-cases/seed-stock.js';

await provisionService({ service: 'inventory', migrations, rights, seed: seedStock });
