import { Controller, Get, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { Operation, ProblemException, toPage } from '#http';
import { findClaims } from '#inbox';
import { findAction, listActions, type OperatorActionDetails } from '#operator-log';
import { ForOperators } from './for-operators.js';
import { ActionScope, listConsumers } from './actions.js';
import { answers } from './answers.js';
import { operatorProblems } from './operator-problems.js';
import { id as idSchema, logSchema, position } from './schemas.js';

/** Routes for the inbox and the operator log of the service. */
@ForOperators()
@Controller('operator')
export class RecordsController {
  constructor(private readonly scope: ActionScope) {}

  @Get('inbox/:messageId')
  @Operation({
    id: 'listClaims',
    summary: 'Lists the consumers that claimed a message, with time and outcome',
    answers: { 200: answers.claims },
    problems: [operatorProblems.messageNotClaimed],
  })
  async inbox(@Param('messageId', { schema: idSchema }) messageId: string) {
    const { service, database } = this.scope;
    const claims = await findClaims(database, listConsumers(service), messageId);
    if (claims.length > 0) return { items: claims };
    const detail = `No consumer of ${service} has claimed this message, or the claim was pruned.`;
    throw new ProblemException({ type: operatorProblems.messageNotClaimed, detail });
  }

  @Get('log')
  @Operation({
    id: 'listActions',
    summary: 'Lists the operator log, the latest action first; `next` is the cursor of the next page',
    answers: { 200: answers.log },
  })
  async log(@Query({ schema: logSchema }) { subject, limit, before }: z.output<typeof logSchema>) {
    const items = await listActions(this.scope.database, subject, limit + 1, before);
    return toPage(items, limit, (item) => item.position);
  }

  @Get('log/:position')
  @Operation({
    id: 'readAction',
    summary: 'Shows an action of an operator, with the body that it replaced',
    answers: { 200: answers.action },
    problems: [operatorProblems.actionNotFound],
  })
  async action(@Param('position', { schema: position }) position: number): Promise<OperatorActionDetails> {
    const action = await findAction(this.scope.database, position);
    if (action) return action;
    throw new ProblemException({
      type: operatorProblems.actionNotFound,
      detail: 'The operator log has no action at this position, or not any more.',
    });
  }
}
