import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { findClaims } from '#inbox';
import { findAction, listActions, type OperatorActionDetails } from '#operator-log';
import { ForOperators } from './for-operators.js';
import { ActionScope, listConsumers } from './actions.js';
import { notFound } from './perform-request.js';
import { id as idSchema, logSchema, position } from './schemas.js';

/** Routes for the inbox and the operator log of the service. */
@ForOperators()
@Controller('operator')
export class RecordsController {
  constructor(private readonly scope: ActionScope) {}

  @Get('inbox/:messageId')
  @ApiOperation({ summary: 'Lists the consumers that claimed a message, with time and outcome' })
  async inbox(@Param('messageId', { schema: idSchema }) messageId: string) {
    const { service, database } = this.scope;
    const claims = await findClaims(database, listConsumers(service), messageId);
    if (claims.length > 0) return { items: claims };
    const detail = `No consumer of ${service} has claimed this message, or the claim was pruned.`;
    throw notFound('message-not-claimed', detail);
  }

  @Get('log')
  @ApiOperation({
    summary: 'Lists the operator log, the latest action first; `next` is the cursor of the next page',
  })
  async log(@Query({ schema: logSchema }) { subject, limit, before }: z.output<typeof logSchema>) {
    const items = await listActions(this.scope.database, subject, limit, before);
    return { items, next: items.length === limit ? items.at(-1)?.position : null };
  }

  @Get('log/:position')
  @ApiOperation({ summary: 'Shows an action of an operator, with the body that it replaced' })
  async action(@Param('position', { schema: position }) position: number): Promise<OperatorActionDetails> {
    const action = await findAction(this.scope.database, position);
    if (action) return action;
    throw notFound('action-not-found', 'The operator log has no action at this position, or not any more.');
  }
}
