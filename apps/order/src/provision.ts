import { provisionService } from '#runtime';
import { migrations, rights } from './persistence/migrations.js';
import { seedCatalogue } from './use-cases/seed-catalogue.js';

await provisionService({ service: 'order', migrations, rights, seed: seedCatalogue });
