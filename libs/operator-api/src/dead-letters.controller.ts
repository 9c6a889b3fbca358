import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { countDeadLetters, groupDeadLetters, listDeadLetters, findDeadLetter } from '#dead-letters';
import { ProblemException } from '#http';
import { findClaims } from '#inbox';
import { listActions } from '#operator-log';
import { ForOperators } from './access.js';
import {
  listConsumers,
  type DeadLetterAction,
  discard,
  edit,
  reopen,
  replay,
  resolveSelection,
} from './dead-letter-actions.js';
import { Owner } from './owner.js';
import { throwProblem } from './problems.js';
import {
  toAttribution,
  editSchema,
  toDeadLetterFilter,
  groupsSchema,
  id as idSchema,
  listSchema,
  selectionSchema,
} from './schemas.js';

type SelectionBody = z.output<typeof selectionSchema>;

/** Groups that a dry run shows. */
const GROUPS_MAX = 20;
const ACTIONS_MAX = 100;

@ForOperators()
@Controller('operator/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly database: Database,
    private readonly owner: Owner,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Dead letters, the latest first; `next` is the cursor of the page after' })
  async list(@Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { after, limit, ...criteria } = query;
    const filter = toDeadLetterFilter(criteria);
    if (after !== undefined && (await countDeadLetters(this.database, { ids: [after] })) === 0) {
      throw invalidCursor();
    }
    const [total, items] = await Promise.all([
      countDeadLetters(this.database, filter),
      listDeadLetters(this.database, filter, limit, after),
    ]);
    return { total, items, next: items.length === limit ? items.at(-1)?.id : null };
  }

  @Get('groups')
  @ApiOperation({ summary: 'Dead letters by cause, the most frequent first' })
  async groups(@Query({ schema: groupsSchema }) query: z.output<typeof groupsSchema>) {
    const { limit, ...criteria } = query;
    return { items: await groupDeadLetters(this.database, toDeadLetterFilter(criteria), limit) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One dead letter: bytes, cause, stack, origin, and what operators did to it' })
  async show(@Param('id', { schema: idSchema }) id: string) {
    const deadLetter = await findDeadLetter(this.database, id);
    if (!deadLetter) throw deadLetterNotFound();
    const { messageId } = deadLetter;
    const isId = idSchema.safeParse(messageId).success;
    const [claims, actions] = await Promise.all([
      messageId !== null && isId
        ? findClaims(this.database, listConsumers(this.owner.service), messageId)
        : [],
      listActions(this.database, id, ACTIONS_MAX),
    ]);
    return { ...deadLetter, claims, actions };
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends dead letters again, each to its own consumer, with the id it has' })
  async replay(@Body({ schema: selectionSchema }) body: SelectionBody) {
    const changed = await this.applyAction(replay, body);
    return 'requestId' in changed
      ? { ...changed, progressUrl: `/operator/replays/${changed.requestId}` }
      : changed;
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({ summary: 'Puts dead letters away for good' })
  discard(@Body({ schema: selectionSchema }) body: SelectionBody) {
    return this.applyAction(discard, body);
  }

  @Post('reopen')
  @HttpCode(200)
  @ApiOperation({ summary: 'Undoes a discard' })
  reopen(@Body({ schema: selectionSchema }) body: SelectionBody) {
    return this.applyAction(reopen, body);
  }

  @Post(':id/edit')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replaces the bytes of a dead letter, checks them against the contract, sends it again',
  })
  async edit(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: editSchema }) input: z.output<typeof editSchema>,
  ) {
    const deadLetter = await findDeadLetter(this.database, id);
    if (!deadLetter) throw deadLetterNotFound();
    const body = Buffer.from(input.body);
    const by = toAttribution(input);
    const attribution = by ?? { operator: 'dry-run', reason: 'dry run' };
    const changed = await edit(this.database, { id, body }, attribution, { isRehearsal: !by }).catch(
      throwProblem,
    );
    if (changed) return { action: 'edit', ...changed, progressUrl: `/operator/replays/${changed.requestId}` };
    return { dryRun: true, action: 'edit', count: 1, bytesBefore: deadLetter.bodyBytes, bytes: body.length };
  }

  private async applyAction(action: DeadLetterAction, body: SelectionBody) {
    const { database, owner } = this;
    const { filter, expected: count } = await resolveSelection(
      database,
      owner.service,
      action,
      toDeadLetterFilter(body),
    );
    const by = toAttribution(body);
    if (!by || body.expect === undefined) {
      const groups = await groupDeadLetters(database, filter, GROUPS_MAX);
      return { dryRun: true, action: action.name, count, groups };
    }
    const selection = { filter, expected: body.expect };
    const changed = await database.transaction((tx) => action.apply(tx, selection, by)).catch(throwProblem);
    return { action: action.name, ...changed };
  }
}

function deadLetterNotFound(): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'dead-letter-not-found',
    detail: 'This service has no dead letter of this id.',
  });
}

function invalidCursor(): ProblemException {
  return new ProblemException({
    status: 400,
    type: 'invalid-parameters',
    errors: [{ parameter: 'after', detail: 'is no dead letter of this service, or none any more' }],
  });
}
