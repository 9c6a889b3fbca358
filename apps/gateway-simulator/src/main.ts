import { describeConfig, loadConfig } from '#config';
import { createHttpApp } from '#http';
import { createLogger, logCrashes } from '#observability';
import { gatewayVariables } from './config.js';
import { GatewayModule } from './gateway.module.js';
import { gatewayProblem } from './http/problems.js';

const config = loadConfig('GATEWAY', gatewayVariables, process.env);
const logger = createLogger({ service: 'gateway-simulator', level: config.logLevel });
logCrashes(logger);
logger.info({ config: describeConfig(config) }, 'starting');

const app = await createHttpApp(GatewayModule.forRoot(config), {
  config,
  logger,
  title: 'Payment gateway simulator',
  description:
    'Simulates Stripe, 支付宝 or 微信支付: authorizes, captures, voids and refunds. Modes inject faults.',
  guard: 'none',
  mapError: gatewayProblem,
});
await app.listen(config.httpPort, config.httpHost);
