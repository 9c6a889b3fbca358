import { afterEach, expect, test } from 'vitest';

import { createOrderRequest } from '../../tools/client/api-types.js';
import { waitUntil } from '../../tools/client/wait-until.js';
import { startFaultEnvironment } from './fault-environment.js';

const KEY_RETENTION_MS = 2_000;
const environment = await startFaultEnvironment({
  env: {
    payment: {
      PAYMENT_GATEWAY_TIMEOUT_MS: '500',
      PAYMENT_GATEWAY_KEY_RETENTION_MS: String(KEY_RETENTION_MS),
      PAYMENT_GATEWAY_CIRCUIT_OPEN_MS: '200',
    },
    'gateway-simulator': { GATEWAY_KEY_RETENTION_MS: String(KEY_RETENTION_MS) },
  },
});
const { shop, clients } = environment;
const sku = await shop.createProduct({ stock: 10 });

afterEach(() => shop.setGatewayModes({}));

test('an authorization whose key the gateway forgot is done once', async () => {
  await environment.assertSurvives(async () => {
    await shop.setGatewayModes({ authorize: { behaviour: 'timeout_after_charge' } });
    const id = await clients.place(createOrderRequest(sku));
    const [entry] = await waitUntil(
      'a charge',
      () => shop.ledger(id),
      ({ length }) => length > 0,
    );
    await shop.setGatewayModes({ authorize: { behaviour: 'fail' } });
    // Proof of the fault: the gateway would execute a second request under the key.
    const ageMs = () => Promise.resolve(Date.now() - Date.parse(entry!.at));
    await waitUntil('a forgotten key', ageMs, (age) => age > KEY_RETENTION_MS);
    await shop.setGatewayModes({});
    expect(await shop.waitUntilEnded(id)).toMatchObject({ status: 'completed' });
    expect((await shop.ledger(id)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
    expect(await shop.payment(id)).toMatchObject({ authorizationId: entry!.id });
  });
});
