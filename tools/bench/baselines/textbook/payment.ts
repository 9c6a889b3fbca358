import { Payment } from './entities/payment.js';
import { GatewayClient } from './gateway.client.js';
import { PaymentsService } from './payments.service.js';
import { startService } from './textbook.module.js';

await startService({
  name: 'payment',
  entities: [Payment],
  controllers: [],
  providers: [PaymentsService, GatewayClient],
});
