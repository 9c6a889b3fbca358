import { GatewayModule } from '../../apps/gateway-simulator/src/gateway.module.js';
import type { LedgerEntry } from '../../apps/gateway-simulator/src/domain/ledger.js';
import { Gateway } from '../../apps/gateway-simulator/src/use-cases/gateway.js';
import { createHttpApp } from '#http';
import { createLogger } from '#observability';

/** The gateway simulator in this process, called over HTTP; a test can add entries to its ledger. */
export interface TestGateway {
  readonly url: string;
  entries(): readonly LedgerEntry[];
  /** Adds an entry without a request. */
  addForgedEntry(entry: LedgerEntry): void;
  close(): Promise<void>;
}

/** @param entries the initial ledger */
export async function startGateway(entries: readonly LedgerEntry[] = []): Promise<TestGateway> {
  const app = await createHttpApp(GatewayModule.forRoot({ keysMax: 10_000, ledgerFile: undefined }), {
    config: { shutdownTimeoutMs: 1_000 },
    logger: createLogger({ service: 'gateway-simulator', level: 'silent' }),
    title: 'Gateway',
    description: '',
    guard: 'none',
  });
  const { ledger } = app.get(Gateway);
  for (const entry of entries) ledger.append(entry);
  await app.listen(0, '127.0.0.1');
  return {
    url: await app.getUrl(),
    entries: () => ledger.entries(),
    addForgedEntry: (entry) => ledger.append(entry),
    close: () => app.close(),
  };
}
