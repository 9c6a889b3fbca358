import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { summarize } from '../domain/summary.js';
import { Gateway } from '../use-cases/gateway.js';
import { ledgerQuerySchema } from './schemas.js';

/** The gateway's records, with which tests and the audit compare the payment service's. */
@ApiTags('ledger')
@Controller('v1/ledger')
export class LedgerController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @ApiOperation({
    summary: 'Entries, oldest first, each with the number of requests with its key since the start',
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
  @ApiOperation({ summary: 'Counts and sums by operation, and the numbers of requests and keys' })
  summary() {
    const { ledger, keys } = this.gateway;
    return { ...summarize(ledger.entries()), requests: keys.totals() };
  }
}
