import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '#access';
import { countDeadLetters, findDeadLetter, groupDeadLetters, listDeadLetters } from '#dead-letters';
import { BodyLimit, httpProblems, Operation, ProblemException, toPage } from '#http';
import { findClaims } from '#inbox';
import { listActions } from '#operator-log';
import { ForOperators, toSummary } from './for-operators.js';
import { ActionScope, discard, editAndReplay, listConsumers, reopen, replay } from './actions.js';
import { answers } from './answers.js';
import { operatorProblems } from './operator-problems.js';
import { performRequest } from './perform-request.js';
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
  @Operation({
    id: 'listDeadLetters',
    summary: 'Lists dead letters, the last failed first; `next` is the cursor of the next page',
    answers: { 200: answers.deadLetters },
  })
  async list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { database } = this.scope;
    const { after, limit, ...filter } = query;
    if (after !== undefined && (await countDeadLetters(database, { ids: [after] })) === 0) {
      throw invalidCursor();
    }
    const [total, items] = await Promise.all([
      countDeadLetters(database, filter),
      listDeadLetters(database, filter, limit + 1, after),
    ]);
    return { total, ...toPage(items, limit, ({ id }) => id) };
  }

  @Get('groups')
  @Operation({
    id: 'groupDeadLetters',
    summary: 'Groups dead letters by cause, the largest group first',
    answers: { 200: answers.groups },
  })
  async groups(@Query({ schema: groupsSchema }) { limit, ...filter }: z.output<typeof groupsSchema>) {
    return { items: await groupDeadLetters(this.scope.database, filter, limit) };
  }

  @Get(':id')
  @Operation({
    id: 'readDeadLetter',
    summary: 'Shows a dead letter: body, cause, stack, origin, and actions of operators',
    answers: { 200: answers.deadLetter },
    problems: [operatorProblems.deadLetterNotFound],
  })
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
  @Operation({
    id: 'replayDeadLetters',
    summary: toSummary(replay),
    answers: { 200: answers.selection },
    problems: [operatorProblems.selectionChanged],
  })
  async replay(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return withProgressUrl(await this.applyTo(replay, body, caller));
  }

  @Post('discard')
  @BodyLimit(BODY_BYTES_MAX)
  @Operation({
    id: 'discardDeadLetters',
    summary: toSummary(discard),
    answers: { 200: answers.selection },
    problems: [operatorProblems.selectionChanged],
  })
  discard(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return this.applyTo(discard, body, caller);
  }

  @Post('reopen')
  @BodyLimit(BODY_BYTES_MAX)
  @Operation({
    id: 'reopenDeadLetters',
    summary: toSummary(reopen),
    answers: { 200: answers.selection },
    problems: [operatorProblems.selectionChanged],
  })
  reopen(@Body({ schema: selectionSchema }) body: SelectionBody, @CurrentCaller() caller: Caller) {
    return this.applyTo(reopen, body, caller);
  }

  @Post(':id/edit')
  @BodyLimit(BODY_BYTES_MAX)
  @Operation({
    id: 'editDeadLetter',
    summary: toSummary(editAndReplay),
    answers: { 200: answers.edit },
    problems: [
      operatorProblems.deadLetterNotFound,
      operatorProblems.selectionChanged,
      operatorProblems.notEditable,
      operatorProblems.invalidEvent,
    ],
  })
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
  return new ProblemException({
    type: operatorProblems.deadLetterNotFound,
    detail: 'This service has no dead letter with this id.',
  });
}

function invalidCursor(): ProblemException {
  return new ProblemException({
    type: httpProblems.invalidParameters,
    errors: [{ parameter: 'after', detail: 'names no dead letter of this service; it may have been pruned' }],
  });
}
