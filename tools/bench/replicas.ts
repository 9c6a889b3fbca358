import { join } from 'node:path';
import type { LocalShop } from '../local/shop.js';
import { freePort } from '../local/ports.js';
import { ServiceProcess } from '../local/service-process.js';
import type { MeasuredProcess } from './measure.js';
import { type ServiceName } from '../client/api-types.js';

/** Further processes of a shop's services, beside the one of each that the platform started. */
export class Replicas {
  private readonly running = new Map<string, ServiceProcess>();

  constructor(
    private readonly platform: LocalShop,
    private readonly folder: string,
  ) {}

  /** `order 2` and the like. */
  get measured(): MeasuredProcess[] {
    return [...this.running].map(([name, { pid }]) => ({ name, pid: pid!, withDescendants: true }));
  }

  /** Starts the second, third, … replica of a service, configured like the first but for its port. */
  async start(service: ServiceName, number: number): Promise<void> {
    const name = `${service} ${number}`;
    const { env, name: app } = this.platform.processes[service].options;
    const port = await freePort();
    const file = join(this.folder, `bench-${service}-${number}`);
    const replica = await ServiceProcess.start({
      name: app,
      url: `http://127.0.0.1:${port}`,
      env: { ...env, [`${service.toUpperCase()}_HTTP_PORT`]: String(port) },
      logFile: `${file}.log`,
      pidFile: `${file}.pid`,
    });
    this.running.set(name, replica);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.running.values()].map((replica) => replica.stop()));
    this.running.clear();
  }
}
