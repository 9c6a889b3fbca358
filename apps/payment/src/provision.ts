import { provisionService } from '#runtime';
import { migrations, privileges } from './persistence/migrations.js';

await provisionService({ service: 'payment', migrations, privileges });
