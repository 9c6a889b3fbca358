import { provisionService } from '#runtime';
import { migrations, rights } from './persistence/migrations.js';

await provisionService({ service: 'payment', migrations, rights });
