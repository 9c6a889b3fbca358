import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { countDeadLetters, findDeadLetter, groupDeadLetters, listDeadLetters } from '#dead-letters';
import { BodyLimit, ProblemException } from '#http';
import { findClaims } from '#inbox';
import { listActions } from '#operator-log';
import { ForOperators, summary } from './for-operators.js';
import { ActionScope, discard, editAndReplay, listConsumers, reopen, replay } from './actions.js';
import { notFound, performRequest } from './perform-request.js';
import {
  editSchema,
  groupsSchema,
  id as idSchema,
  listSchema,
  selectionSchema,
  toConfirmation,
} from './schemas.js';

type SelectionBody = z.output<typeof selectionSchema>;

const ACTIONS_MAX = 100;
/** 1,000 ids, or the body of a dead letter. */
const BODY_BYTES_MAX = 100 * 1_024;

/** Routes for the dead letters of the service. */
@ForOperators()
@Controller('operator/dead-letters')
export class DeadLettersController {
  constructor(private readonly scope: ActionScope) {}

  @Get()
  @ApiOperation({
    summary: 'Lists dead letters, the last failed first; `next` is the cursor of the next page',
  })
  async list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { database } = this.scope;
    const { after, limit, ...filter } = query;
    if (after !== undefined && (await countDeadLetters(database, { ids: [after] })) === 0) {
      throw invalidCursor();
    }
    const [total, items] = await Promise.all([
      countDeadLetters(database, filter),
      listDeadLetters(database, filter, limit, after),
    ]);
    return { total, items, next: items.length === limit ? items.at(-1)?.id : null };
  }

  @Get('groups')
  @ApiOperation({ summary: 'Groups dead letters by cause, the largest group first' })
  async groups(@Query({ schema: groupsSchema }) { limit, ...filter }: z.output<typeof groupsSchema>) {
    return { items: await groupDeadLetters(this.scope.database, filter, limit) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Shows a dead letter: body, cause, stack, origin, and actions of operators' })
  async show(@Param('id', { schema: idSchema }) id: string) {
    const { database, service } = this.scope;
    const deadLetter = await findDeadLetter(database, id);
    if (!deadLetter) throw deadLetterNotFound();
    const messageId = idSchema.safeParse(deadLetter.messageId);
    const [claims, actions] = await Promise.all([
      messageId.success ? findClaims(database, listConsumers(service), messageId.data) : [],
      listActions(database, id, ACTIONS_MAX),
    ]);
    return { ...deadLetter, claims, actions };
  }

  @Post('replay')
  @BodyLimit(BODY_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation(summary(replay))
  async replay(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return withProgressUrl(await this.applyTo(replay, body, caller));
  }

  @Post('discard')
  @BodyLimit(BODY_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation(summary(discard))
  discard(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return this.applyTo(discard, body, caller);
  }

  @Post('reopen')
  @BodyLimit(BODY_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation(summary(reopen))
  reopen(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return this.applyTo(reopen, body, caller);
  }

  @Post(':id/edit')
  @BodyLimit(BODY_BYTES_MAX)
  @HttpCode(200)
  @ApiOperation(summary(editAndReplay))
  async edit(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: editSchema }) input: z.output<typeof editSchema>,
    @CurrentCaller() caller: Caller,
  ) {
    const { database } = this.scope;
    if ((await countDeadLetters(database, { ids: [id] })) === 0) throw deadLetterNotFound();
    const edit = { id, body: Buffer.from(input.body) };
    const confirmation = toConfirmation(input, caller);
    return withProgressUrl(await performRequest(this.scope, editAndReplay, edit, confirmation));
  }

  private applyTo(action: typeof replay, body: SelectionBody, caller: Caller) {
    return performRequest(this.scope, action, body, toConfirmation(body, caller));
  }
}

function withProgressUrl<Result extends object>(result: Result): Result & { readonly progressUrl?: string } {
  return 'requestId' in result
    ? { ...result, progressUrl: `/operator/replays/${String(result.requestId)}` }
    : result;
}

function deadLetterNotFound(): ProblemException {
  return notFound('dead-letter-not-found', 'This service has no dead letter with this id.');
}

function invalidCursor(): ProblemException {
  return new ProblemException({
    status: 400,
    type: 'invalid-parameters',
    errors: [{ parameter: 'after', detail: 'names no dead letter of this service; it may have been pruned' }],
  });
}
