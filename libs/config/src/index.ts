export {
  ConfigurationError,
  loadConfig,
  loadSome,
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
  notInProduction,
  port,
  secret,
  text,
  url,
  variable,
} from './variables.js';
