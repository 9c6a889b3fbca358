import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, expect, it } from 'vitest';
import { TestApp } from './test-app.test.js';

@Controller()
class TestController {
  @Get('orders')
  list() {
    return {};
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

const agent = new Agent({ keepAlive: true });
let app: TestApp;

afterEach(() => app.app.close());

async function respond(config: object): Promise<IncomingMessage> {
  app = await TestApp.start(TestModule, { config: { shutdownTimeoutMs: 60_000, ...config } });
  const [response] = (await once(get({ port: app.port, path: '/orders', agent }), 'response')) as [
    IncomingMessage,
  ];
  return response.resume();
}

it.each([
  [{}, 'timeout=72'],
  [{ httpKeepAliveTimeoutMs: 620_000 }, 'timeout=620'],
])('with %j an idle connection stays open for %s', async (config, expected) => {
  expect((await respond(config)).headers['keep-alive']).toBe(expected);
});

it('an idle connection is closed after the keep-alive timeout', async () => {
  const { socket } = await respond({ httpKeepAliveTimeoutMs: 1_000 });
  await once(socket, 'close');
});
