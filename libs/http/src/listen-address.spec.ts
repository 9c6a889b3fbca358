import { Module } from '@nestjs/common';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '#config';
import { createLogger } from '#observability';
import { hasIpv6 } from '../../test-support/ipv6.js';
import { createHttpApp, HealthController, httpVariables } from './index.js';

@Module({ controllers: [HealthController] })
class TestModule {}

test.skipIf(!hasIpv6).each(['::', '::1', '[::1]'])('HTTP_HOST may be %s', async (host) => {
  const schema = z.object(httpVariables({ port: 0 }));
  const config = loadConfig('ORDER', schema, { ORDER_HTTP_HOST: host });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const app = await createHttpApp(TestModule, {
    config,
    logger,
    title: 'Test',
    description: 'An app',
    guard: 'none',
  });
  onTestFinished(() => app.close());
  await app.listen(config.httpPort, config.httpHost);
  const { port } = new URL(await app.getUrl());
  expect((await fetch(`http://[::1]:${port}/health/live`)).status).toBe(200);
});
