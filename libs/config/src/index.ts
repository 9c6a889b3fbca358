export {
  ConfigurationError,
  loadConfig,
  loadPartialConfig,
  type Config,
  type ConfigurationProblem,
} from './load-config.js';
export { describeConfig } from './describe-config.js';
export {
  choice,
  durationMs,
  flag,
  integer,
  logLevel,
  forbidInProduction,
  port,
  secret,
  text,
  url,
  variable,
} from './variables.js';
