import { z } from 'zod';
import { SourceUnavailableError } from './snapshot.js';

const PAGE_SIZE = 10_000;

const entrySchema = z.object({
  id: z.string(),
  operation: z.enum(['authorize', 'capture', 'void', 'refund']),
  status: z.enum(['approved', 'refused']),
  reference: z.string(),
  amount: z.number(),
  currency: z.string(),
});

const pageSchema = z.object({ entries: z.array(entrySchema), next: z.number().optional() });

export type LedgerEntry = z.output<typeof entrySchema>;

/** Streams the entries of the gateway's ledger, oldest first. @throws SourceUnavailableError when it cannot be read */
export async function* ledgerPages(gatewayUrl: string): AsyncGenerator<readonly LedgerEntry[], void> {
  for (let after: number | undefined = 0; after !== undefined;) {
    const page: z.output<typeof pageSchema> = await readPage(gatewayUrl, after);
    yield page.entries;
    after = page.next;
  }
}

async function readPage(gatewayUrl: string, after: number): Promise<z.output<typeof pageSchema>> {
  const url = new URL(`${gatewayUrl.replace(/\/+$/, '')}/v1/ledger?after=${after}&limit=${PAGE_SIZE}`);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return pageSchema.parse(await response.json());
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message || cause.name : message;
    throw new SourceUnavailableError(`the ledger of the gateway is unavailable: ${reason}`, { cause: error });
  }
}
