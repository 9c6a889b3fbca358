import { userInfo } from 'node:os';
import { Databases } from './databases.js';
import { Lab } from './lab/lab.js';
import { AuditWatch } from './live/audit-watch.js';
import { BrokerState } from './live/broker-state.js';
import { GatewaySimulator } from './live/gateway-modes.js';
import { LiveFeed } from './live/live-feed.js';
import type { ConsoleOptions } from './options.js';
import { OrderPlacement } from './orders/order-placement.js';
import { ShopAccess } from './shop-access.js';

/** The parts of a running console, for its routes. */
export interface ConsoleParts {
  readonly options: ConsoleOptions;
  /** Recorded in the operator log with each action. */
  readonly operator: string;
  readonly databases: Databases;
  readonly access: ShopAccess;
  readonly placement: OrderPlacement;
  readonly audit: AuditWatch;
  readonly feed: LiveFeed;
  readonly simulator: GatewaySimulator;
  readonly lab: Lab;
  /** Reverts every fault of the Lab and closes all connections. */
  readonly close: () => Promise<void>;
}

/** Connects nothing yet: each source is opened when a page needs it. */
export function createParts(options: ConsoleOptions): ConsoleParts {
  const { config, local } = options;
  const operator = config.operator ?? userInfo().username;
  const databases = new Databases(config);
  const access = new ShopAccess(config, operator);
  const audit = new AuditWatch(databases, config);
  const placement = new OrderPlacement(access, (id) => audit.addAccepted(id));
  const simulator = new GatewaySimulator(config.gatewayUrl);
  const broker = new BrokerState(config);
  const lab = new Lab({
    databases,
    simulator,
    access,
    local,
    place: (order) => placement.place(order),
  });
  const feed = new LiveFeed({ databases, broker, access, simulator, audit, labState: () => lab.state() });
  const close = async (): Promise<void> => {
    feed.close();
    await lab.close();
    await Promise.all([broker.close(), databases.close()]);
  };
  return { options, operator, databases, access, placement, audit, feed, simulator, lab, close };
}
