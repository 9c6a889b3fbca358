import { provisionService } from '#runtime';
import { migrations, privileges } from './persistence/migrations.js';
import { seedCatalogue } from './use-cases/seed-catalogue.js';

await provisionService({ service: 'order', migrations, privileges, seed: seedCatalogue });
