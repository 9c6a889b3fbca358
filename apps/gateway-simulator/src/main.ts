import { describeConfig, loadConfig } from '#config';
import { createHttpApp } from '#http';
import { createLogger, logCrashes } from '#observability';
import { about } from './about.js';
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
  ...about,
  guard: 'none',
  mapError: gatewayProblem,
});
await app.listen(config.httpPort, config.httpHost);
