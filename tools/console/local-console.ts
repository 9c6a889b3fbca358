import { connect, type Options } from 'amqplib';
import { brokerUserFromUrl } from '#messaging';
import { type LinkName, linkNames, Links } from '../chaos/links.js';
import type { LocalShop, LocalShopOptions } from '../local/shop.js';
import { loadOpsConfig } from '../ops/config.js';
import { type RunningConsole, startConsole } from './server/console-server.js';
import type { LabLink } from './server/options.js';

/** The links that the Lab can disturb. */
const LAB_LINKS: readonly LinkName[] = linkNames.filter((name) => /–(broker|gateway)$/.test(name));

export interface LocalConsoleOptions {
  /** Receives one line: a new one-time link, or the access to a message's bytes. */
  readonly report: (line: string) => void;
  /** Default 0: a free port. */
  readonly port?: number;
}

/** The console of a local shop: it may act and inject faults, also on the links of the services. */
export class LocalConsole {
  private readonly links = new Links();

  /** Pass them to `startLocalShop`: they lead each service through links. */
  get shopOptions(): Required<Pick<LocalShopOptions, 'rewriteUrl'>> {
    const { links } = this;
    return { rewriteUrl: async (url, from, to) => (to === 'database' ? url : links.open(from, to, url)) };
  }

  /** Starts the console of a shop that was started with {@link shopOptions}. */
  async start(shop: LocalShop, { report, port = 0 }: LocalConsoleOptions): Promise<RunningConsole> {
    const links = Object.fromEntries(LAB_LINKS.map((name) => [name, this.labLink(name)]));
    const publish = (exchange: string, routingKey: string, body: Buffer, properties: Options.Publish) =>
      publishOnce(shop.brokerUrls.order, { exchange, routingKey, body, properties });
    const config = loadOpsConfig(this.environment(shop));
    return startConsole({ config, report, port, act: true, lab: true, local: { links, publish } });
  }

  /** Closes the links. Call it after the shop has stopped: a service without its broker stops slowly. */
  close(): Promise<void> {
    return this.links.close();
  }

  private environment({ credentials, auditSources, processes, accessKey }: LocalShop): NodeJS.ProcessEnv {
    const { order, inventory, payment } = credentials.operatorUrls;
    return {
      OPS_ORDER_DATABASE_URL: order,
      OPS_INVENTORY_DATABASE_URL: inventory,
      OPS_PAYMENT_DATABASE_URL: payment,
      OPS_RABBITMQ_URL: credentials.operatorRabbitmqUrl,
      OPS_RABBITMQ_MANAGEMENT_URL: auditSources.broker.managementUrl,
      OPS_ORDER_URL: processes.order.url,
      OPS_INVENTORY_URL: processes.inventory.url,
      OPS_PAYMENT_URL: processes.payment.url,
      OPS_GATEWAY_URL: processes['gateway-simulator'].url,
      OPS_ACCESS_KEY: JSON.stringify(accessKey),
    };
  }

  private labLink(name: LinkName): LabLink {
    return {
      cut: () => this.links.get(name).cut(),
      slow: (delayMs) => this.links.get(name).addLatency(delayMs),
      restore: () => this.links.get(name).restore(),
    };
  }
}

interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly properties: Options.Publish;
}

/** Publishes one message on a connection of its user, and resolves on the broker's confirm. */
async function publishOnce(
  url: string,
  { exchange, routingKey, body, properties }: Publication,
): Promise<void> {
  const connection = await connect(url, { timeout: 5_000, clientProperties: { connection_name: 'console' } });
  connection.on('error', () => {}); // the pending call rejects with the same error
  try {
    const channel = await connection.createConfirmChannel();
    channel.publish(exchange, routingKey, body, { ...properties, userId: brokerUserFromUrl(url) });
    await channel.waitForConfirms();
  } finally {
    await connection.close().catch(() => {});
  }
}
