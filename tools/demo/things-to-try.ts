import { randomUUID } from 'node:crypto';

import { issueToken } from '#access';
import type { StepContext } from './step-context.js';

/** Prints commands to try on the running shop, with this run's addresses. */
export async function showThingsToTry({
  localShop,
  servers,
  screen,
  translations,
}: Omit<StepContext, 'check'>): Promise<void> {
  const t = translations.keepRunning;
  const { processes, databaseUrls, rabbitmqUrl, accessKey } = localShop;
  const { order, inventory, 'gateway-simulator': gateway } = processes;
  const item = (description: string, ...commands: readonly string[]): void => {
    screen.line();
    screen.line(`  ${description}`);
    for (const command of commands) screen.line(`    ${screen.style('cyan', command)}`);
  };
  const modes = (modes: object): string => setModesCommand(gateway.url, modes);

  const token = await issueToken(accessKey, { sub: 'alice', scopes: ['shop', 'stock'] });
  const curl = 'curl -H "authorization: Bearer $TOKEN"';

  screen.heading('>', t.title);
  item(
    t.place,
    `TOKEN=${token}`,
    `${curl} -i ${order.url}/orders -H 'content-type: application/json' -H 'idempotency-key: ${randomUUID()}' \\`,
    `  -d '{"lines":[{"sku":"TEA-LONGJING-100G","quantity":2}],"paymentToken":"tok_visa"}'`,
  );
  item(t.watch, `${curl} -N ${order.url}/orders/ID/events`, `${curl} ${order.url}/orders/ID`);
  item(t.cancel, `${curl} -X POST ${order.url}/orders/ID/cancel`);
  item(t.freeze, `kill -STOP ${inventory.pid}`, `kill -CONT ${inventory.pid}`);
  item(t.decline, modes({ authorize: { behaviour: 'decline' } }), modes({}));
  item(t.stock, `${curl} ${inventory.url}/stock/TEA-LONGJING-100G`, `curl ${gateway.url}/v1/ledger/summary`);
  item(t.docs, ...Object.values(processes).map(({ name, url }) => `${url}/docs  (${name})`));
  item(t.databases, ...Object.values(databaseUrls).map((url) => `psql '${url}'`));
  const { management } = servers.rabbitmq.access;
  if (management !== undefined) {
    const vhost = decodeURIComponent(new URL(rabbitmqUrl).pathname.slice(1));
    item(t.broker(management.url, management.user, management.password, vhost));
  }
  item(t.logs(servers.folder));
  screen.line();
  screen.line(screen.style('bold', t.stop));
}

function setModesCommand(gatewayUrl: string, modes: object): string {
  return `curl -X PUT ${gatewayUrl}/v1/modes -H 'content-type: application/json' -d '${JSON.stringify(modes)}'`;
}
