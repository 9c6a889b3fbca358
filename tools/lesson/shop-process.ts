// The background process of `npm run lesson`: runs the shop until SIGTERM, or until no lesson has used it for an hour.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';

import { startLocalServers } from '../local/servers.js';
import { startLocalShop } from '../local/shop.js';
import { onShutdown } from '../local/shutdown.js';
import { IDLE_STOP_MS, saveShop, SHOP_FILE } from './background-shop.js';
import { serveControl } from './remote-control.js';
import { createSandboxAccess } from './sandbox-access.js';
import { LocalShopControl } from './shop-control.js';

const report = (line: string): void => console.log(line);
const stopSelf = (): void => void process.kill(process.pid, 'SIGTERM');

try {
  const servers = await startLocalServers({ report, assumeYes: true });
  const { databases } = servers.postgres;
  const { virtualHosts } = servers.rabbitmq;
  const shop = await startLocalShop({ databases, virtualHosts, folder: servers.folder });
  const { rabbitmqUrl } = shop;
  const sandbox = await createSandboxAccess({ databases, virtualHosts, rabbitmqUrl, name: 'lessons' });
  for (const { name, url, pid } of Object.values(shop.processes)) report(`${name}, ${url}, process ${pid}`);

  const idle = setTimeout(stopSelf, IDLE_STOP_MS);
  const token = randomBytes(16).toString('hex');
  const { address, server } = await serveControl(new LocalShopControl(shop), token, () => idle.refresh());
  await saveShop(shop, { control: address, sandbox: sandbox.urls, folder: servers.folder });
  onShutdown(async () => {
    clearTimeout(idle);
    server.close();
    await rm(SHOP_FILE, { force: true });
    await shop.stop();
    await sandbox.drop();
    await servers.stop();
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  // A server that has started would keep this process running.
  stopSelf();
}
