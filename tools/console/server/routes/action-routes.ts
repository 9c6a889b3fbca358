import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { ConsoleParts } from '../console-parts.js';
import { serviceSchema } from '../dead-letters.js';
import { SwitchedOffError } from '../problems.js';

const BURST_MAX = 100;
const IDLE_WAIT_MS = 10_000;

const orderSchema = z.strictObject({
  count: z.int().min(1).max(BURST_MAX).default(1),
  sku: z.string().min(1).max(64).optional(),
  quantity: z.int().min(1).max(1_000).optional(),
  paymentToken: z
    .string()
    .regex(/^tok_\w{1,96}$/)
    .optional(),
});

const actionSchema = z
  .strictObject({
    cause: z.string().min(1).max(64).optional(),
    ids: z.array(z.uuid()).min(1).max(1_000).optional(),
    expect: z.int().min(1).optional(),
    reason: z.string().trim().min(1).max(1_000).optional(),
  })
  .refine(
    ({ cause, ids }) => cause !== undefined || ids !== undefined,
    'cause or ids must select dead letters',
  )
  .refine(
    ({ expect, reason }) => expect === undefined || reason !== undefined,
    'reason is required with expect',
  );

/** The routes that change data. Each requires `--act`, except for the audit, which only reads. */
export function registerActionRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { access, audit, placement } = parts;
  const requireAct = (): void => {
    if (parts.options.act !== true)
      throw new SwitchedOffError('This console only reads. Start it with: ops console --act');
  };
  app.post('/api/orders', { preHandler: async () => requireAct() }, async ({ body }) => {
    const { count, ...order } = orderSchema.parse(body);
    return { ids: await placement.placeMany(count, order) };
  });
  app.post('/api/audit', async () => ({ checked: await audit.checkIdle(IDLE_WAIT_MS) }));
  app.post(
    '/api/dead-letters/:service/:action',
    { preHandler: async () => requireAct() },
    ({ params, body }) => {
      const { service, action } = z
        .object({ service: serviceSchema, action: z.enum(['replay', 'discard', 'reopen']) })
        .parse(params);
      const { expect, reason, ...selection } = actionSchema.parse(body);
      const confirmation = expect === undefined ? {} : { expect, reason };
      return access.performAction(service, `dead-letters/${action}`, { ...selection, ...confirmation });
    },
  );
  app.post('/api/replays/:service/:id/stop', { preHandler: async () => requireAct() }, ({ params }) => {
    const { service, id } = z.object({ service: serviceSchema, id: z.uuid() }).parse(params);
    return access.performAction(service, `replays/${id}/stop`, { reason: 'stopped on the console' });
  });
}
