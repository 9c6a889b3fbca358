import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TestApp, expectProblem } from './test-app.test.js';
import { HealthController, provideHealthChecks, type HealthCheck } from './index.js';

class Broker {
  checkResult: () => ReturnType<HealthCheck['check']> = () => Promise.resolve();
}

const broker = new Broker();

@Module({
  controllers: [HealthController],
  providers: [
    { provide: Broker, useValue: broker },
    { provide: 'DATABASE', useValue: 'postgres' },
    provideHealthChecks([Broker, 'DATABASE'], (injected, database: string) => [
      { name: 'broker', check: () => injected.checkResult() },
      { name: database, check: () => Promise.resolve() },
    ]),
  ],
})
class TestModule {}

describe('health', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start(TestModule);
  });
  afterAll(() => app.close());

  it('is ready when every check resolves', async () => {
    expect(await app.send('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { broker: { status: 'up' }, postgres: { status: 'up' } } },
    });
  });

  it('is ready but degraded when a check is degraded', async () => {
    broker.checkResult = () => Promise.resolve({ degraded: 'memory alarm' });
    expect(await app.send('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', checks: { broker: { status: 'degraded', detail: 'memory alarm' } } },
    });
  });

  it('is not ready but live when a check fails', async () => {
    broker.checkResult = () => Promise.reject(new Error('connection refused'));
    const response = await app.send('GET', '/health/ready');
    expectProblem(response, 503, 'not-ready');
    expect(response.body).toMatchObject({
      detail: 'broker: connection refused',
      checks: { broker: { status: 'down', detail: 'connection refused' }, postgres: { status: 'up' } },
    });
    expect((await app.send('GET', '/health/live')).status).toBe(200);
  });

  it('is not ready when a check times out', async () => {
    broker.checkResult = () => new Promise(() => {});
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const response = app.send('GET', '/health/ready');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    expect((await response).body).toMatchObject({ detail: 'broker: no response within 2000 ms' });
  });

  it('is not ready during shutdown', async () => {
    broker.checkResult = () => Promise.resolve();
    app.app.get(HealthController).onModuleDestroy();
    expect(await app.send('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: { detail: 'The service is stopping.' },
    });
  });
});
