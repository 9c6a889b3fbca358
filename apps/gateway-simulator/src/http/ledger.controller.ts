import { Controller, Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Operation } from '#http';
import { summarize } from '../domain/summary.js';
import { Gateway } from '../use-cases/gateway.js';
import { answers } from './answers.js';
import { ledgerQuerySchema } from './schemas.js';

/** The gateway's records, with which tests and the audit compare the payment service's. */
@Controller('v1/ledger')
export class LedgerController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @Operation({
    id: 'listLedger',
    summary: 'Entries, oldest first, each with the number of requests with its key since the start',
    answers: { 200: answers.ledger },
  })
  list(
    @Query({ schema: ledgerQuerySchema }) { reference, after, limit }: z.output<typeof ledgerQuerySchema>,
  ) {
    const all = this.gateway.ledger.entries(reference);
    const page = all.slice(after, after + limit);
    return {
      entries: page.map((entry) =>
        Object.assign({ requests: this.gateway.keys.requests(entry.idempotencyKey) }, entry),
      ),
      ...(after + limit < all.length && { next: after + limit }),
    };
  }

  @Get('summary')
  @Operation({
    id: 'summarizeLedger',
    summary: 'Counts and sums by operation, and the numbers of requests and keys',
    answers: { 200: answers.summary },
  })
  summary() {
    const { ledger, keys } = this.gateway;
    return { ...summarize(ledger.entries()), requests: keys.totals() };
  }
}
