import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ConsoleParts } from '../console-parts.js';
import { type GatewayFault, gatewayFaults } from '../lab/lab.js';
import { SwitchedOffError } from '../problems.js';

const LOAD_MS = 60_000;
const PER_SECOND_MAX = 300;
/** 1,200 units are asked for, of which the opening stock has 1,000. */
const FLASH_SALE = {
  perSecond: 200,
  durationMs: 30_000,
  ordersMax: 600,
  order: { sku: 'FLASH-PHONE-X1', quantity: 2 },
} as const;

/** The routes that inject faults. Each requires `--lab`, and a gateway that is the simulator. */
export function registerLabRoutes(app: FastifyInstance, { options, lab, simulator }: ConsoleParts): void {
  const requireLab = async (): Promise<void> => {
    if (options.lab !== true)
      throw new SwitchedOffError('The Lab is off. Start it with: ops console --act --lab');
    if ((await simulator.readModes()) === undefined)
      throw new SwitchedOffError('The Lab works only with the gateway simulator, never with a real gateway.');
  };
  const withLab = { preHandler: requireLab };
  const modes = Object.keys(gatewayFaults) as [GatewayFault, ...GatewayFault[]];
  app.post('/api/lab/gateway', withLab, async ({ body }) => {
    await lab.setGateway(z.strictObject({ mode: z.enum(modes) }).parse(body).mode);
    return lab.state();
  });
  app.post('/api/lab/link', withLab, async ({ body }) => {
    const { link, fault } = z
      .strictObject({ link: z.string().max(100), fault: z.enum(['cut', 'slow']) })
      .parse(body);
    await lab.disturbLink(link, fault);
    return lab.state();
  });
  app.post('/api/lab/off', withLab, async ({ body }) => {
    await lab.stopFault(z.strictObject({ id: z.string().max(200) }).parse(body).id);
    return lab.state();
  });
  app.post('/api/lab/repeat', withLab, () => lab.repeatMessage());
  app.post('/api/lab/half', withLab, () => lab.sendHalfMessage());
  app.post('/api/lab/load', withLab, ({ body }) => {
    const { perSecond } = z.strictObject({ perSecond: z.int().min(0).max(PER_SECOND_MAX) }).parse(body);
    if (perSecond === 0) lab.load.stop();
    else lab.load.start({ perSecond, durationMs: LOAD_MS });
    return lab.state();
  });
  app.post('/api/lab/flash-sale', withLab, () => {
    lab.load.start(FLASH_SALE);
    return lab.state();
  });
}
