import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { Controller, Get, Module, Sse, type OnApplicationShutdown } from '@nestjs/common';
import { concat, NEVER, of } from 'rxjs';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestApp } from './test-app.test.js';

class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
}

let arrived: Gate;
let release: Gate;
let shutDown: Gate;

@Controller()
class TestController implements OnApplicationShutdown {
  @Get('slow')
  async slow() {
    arrived.open();
    await release.opened;
    return { done: true };
  }

  @Sse('events')
  events() {
    return concat(of({ data: 'first' }), NEVER);
  }

  onApplicationShutdown() {
    shutDown.open();
  }
}

@Module({ controllers: [TestController] })
class TestModule {}

describe('SIGTERM', () => {
  let app: TestApp;
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const keepAlive = new Agent({ keepAlive: true });

  const start = async (shutdownTimeoutMs: number) => {
    app = await TestApp.start(TestModule, { config: { shutdownTimeoutMs } });
  };
  const request = (path: string, headers = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      get({ port: app.port, path, headers, agent: keepAlive }, resolve).on('error', reject);
    });
  const exited = () => vi.waitFor(() => expect(exit).toHaveBeenCalled(), { timeout: 4_000 });

  beforeEach(() => {
    [arrived, release, shutDown] = [new Gate(), new Gate(), new Gate()];
    exit.mockClear();
  });
  afterEach(() => app.app.close());
  afterAll(() => {
    // The timeout of each shutdown would end the test process a minute later.
    for (const { value } of timers.mock.results) clearTimeout(value as NodeJS.Timeout);
    timers.mockRestore();
    exit.mockRestore();
  });

  it('responds to requests in flight, refuses new ones, exits with 0', async () => {
    await start(60_000);
    const response = request('/slow');
    await arrived.opened;
    process.emit('SIGTERM', 'SIGTERM');
    await vi.waitFor(() => expect(fetch(`${app.origin}/health`)).rejects.toThrow());
    release.open();
    expect((await response).headers.connection).toBe('close');
    expect(await text(await response)).toBe('{"done":true}');
    await exited();
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('does not wait for idle connections', async () => {
    await start(60_000);
    await text(await request('/docs-json'));
    process.emit('SIGTERM', 'SIGTERM');
    await exited();
  });

  it('ends event streams', async () => {
    await start(60_000);
    const events = await request('/events', { accept: 'text/event-stream' });
    const ended = new Promise((resolve) => events.once('error', resolve).once('close', resolve).resume());
    process.emit('SIGTERM', 'SIGTERM');
    await ended;
    await exited();
    expect(exit).toHaveBeenCalledWith(0);
  });

  it('cuts off a slow response and still runs every hook', async () => {
    await start(400);
    const response = request('/slow');
    await arrived.opened;
    process.emit('SIGTERM', 'SIGTERM');
    await expect(response).rejects.toThrow('socket hang up');
    await shutDown.opened;
    await exited();
    expect(exit).toHaveBeenCalledWith(0);
  });
});
