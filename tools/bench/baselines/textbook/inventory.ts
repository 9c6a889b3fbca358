import { Reservation, StockLevel } from './entities/stock.js';
import { StockService } from './stock.service.js';
import { startService } from './textbook.module.js';

await startService({
  name: 'inventory',
  entities: [StockLevel, Reservation],
  controllers: [],
  providers: [StockService],
});
