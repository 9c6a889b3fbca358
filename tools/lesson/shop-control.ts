import type { ProcessName } from '../client/api-types.js';
import { request } from '../client/http-request.js';
import type { LocalShop } from '../local/shop.js';

/** Injects faults into a running shop. Every method resolves when its effect is complete. */
export interface ShopControl {
  /** Cuts the services' connections to the broker. */
  cutBroker(): Promise<void>;
  restoreBroker(): Promise<void>;
  /** Ends a process with SIGKILL. */
  kill(process: ProcessName): Promise<void>;
  /** Starts an ended process, and waits until it is ready. */
  start(process: ProcessName): Promise<void>;
  /** Restarts a process with changed variables, for example `INVENTORY_FAILPOINT`, until {@link start} or {@link reset}. */
  restartWith(process: ProcessName, env: Readonly<Record<string, string>>): Promise<void>;
  /** Waits until a process has ended: at its failpoint. @throws Error after 30 s */
  waitForExit(process: ProcessName): Promise<void>;
  /** Reverts every fault of a lesson that was interrupted: links, processes, variables and gateway modes. */
  reset(): Promise<void>;
}

const EXIT_TIMEOUT_MS = 30_000;

/** Controls a shop that this process started. */
export class LocalShopControl implements ShopControl {
  private readonly changed = new Set<ProcessName>();

  constructor(private readonly shop: LocalShop) {}

  cutBroker(): Promise<void> {
    return this.shop.brokerProxy.cut();
  }

  restoreBroker(): Promise<void> {
    return this.shop.brokerProxy.restore();
  }

  kill(process: ProcessName): Promise<void> {
    return this.shop.processes[process].kill();
  }

  async start(process: ProcessName): Promise<void> {
    await this.shop.processes[process].start();
    this.changed.delete(process);
  }

  async restartWith(process: ProcessName, env: Readonly<Record<string, string>>): Promise<void> {
    this.changed.add(process);
    await this.shop.processes[process].restart(env);
  }

  async waitForExit(process: ProcessName): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      const error = new Error(`${process} still runs after ${EXIT_TIMEOUT_MS / 1000} s`);
      timer = setTimeout(() => reject(error), EXIT_TIMEOUT_MS);
    });
    await Promise.race([this.shop.processes[process].exited, timeout]).finally(() => clearTimeout(timer));
  }

  async reset(): Promise<void> {
    await this.restoreBroker();
    for (const process of Object.values(this.shop.processes)) {
      const name = process.name as ProcessName;
      if (this.changed.has(name)) await process.stop();
      if (!process.isRunning) await this.start(name);
    }
    const { url } = this.shop.processes['gateway-simulator'];
    const headers = { 'content-type': 'application/json' };
    await request(`${url}/v1/modes`, { method: 'PUT', headers, body: '{}', timeoutMs: 10_000 });
  }
}
