import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { countDeadLetters, groupDeadLetters, listDeadLetters, showDeadLetter } from '#dead-letters';
import { ProblemException } from '#http';
import { findClaims } from '#inbox';
import { listActs } from '#operator-log';
import { ForOperators } from './access.js';
import {
  consumersOf,
  type DeadLetterVerb,
  discard,
  edit,
  reopen,
  replay,
  select,
} from './dead-letter-actions.js';
import { Owner } from './owner.js';
import { explain } from './problems.js';
import {
  actOf,
  editSchema,
  filterOf,
  groupsSchema,
  id as idSchema,
  listSchema,
  selectionSchema,
} from './schemas.js';

type SelectionBody = z.output<typeof selectionSchema>;

/** Groups that a dry run shows. */
const GROUPS_SHOWN = 20;
const ACTS_SHOWN = 100;

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
    const filter = filterOf(criteria);
    if (after !== undefined && (await countDeadLetters(this.database, { ids: [after] })) === 0) {
      throw noSuchCursor();
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
    return { items: await groupDeadLetters(this.database, filterOf(criteria), limit) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One dead letter: bytes, cause, stack, origin, and what operators did to it' })
  async show(@Param('id', { schema: idSchema }) id: string) {
    const letter = await showDeadLetter(this.database, id);
    if (!letter) throw noSuchDeadLetter();
    const { messageId } = letter;
    const isId = idSchema.safeParse(messageId).success;
    const [claims, acts] = await Promise.all([
      messageId !== null && isId ? findClaims(this.database, consumersOf(this.owner.service), messageId) : [],
      listActs(this.database, id, ACTS_SHOWN),
    ]);
    return { ...letter, claims, acts };
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sends dead letters again, each to its own consumer, with the id it has' })
  async replay(@Body({ schema: selectionSchema }) body: SelectionBody) {
    const done = await this.change(replay, body);
    return 'request' in done ? { ...done, progress: `/operator/replays/${done.request}` } : done;
  }

  @Post('discard')
  @HttpCode(200)
  @ApiOperation({ summary: 'Puts dead letters away for good' })
  discard(@Body({ schema: selectionSchema }) body: SelectionBody) {
    return this.change(discard, body);
  }

  @Post('reopen')
  @HttpCode(200)
  @ApiOperation({ summary: 'Undoes a discard' })
  reopen(@Body({ schema: selectionSchema }) body: SelectionBody) {
    return this.change(reopen, body);
  }

  @Post(':id/edit')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Replaces the bytes of a dead letter, checks them against the contract, sends it again',
  })
  async edit(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: editSchema }) given: z.output<typeof editSchema>,
  ) {
    const letter = await showDeadLetter(this.database, id);
    if (!letter) throw noSuchDeadLetter();
    const body = Buffer.from(given.body);
    const by = actOf(given);
    const rehearsal = by ?? { operator: 'nobody', why: 'a rehearsal' };
    const done = await edit(this.database, { id, body }, rehearsal, { isRehearsal: !by }).catch(explain);
    if (done) return { act: 'edit', ...done, progress: `/operator/replays/${done.request}` };
    return { dryRun: true, act: 'edit', count: 1, bytesBefore: letter.bodyBytes, bytes: body.length };
  }

  private async change(verb: DeadLetterVerb, body: SelectionBody) {
    const { database, owner } = this;
    const { filter, expected: count } = await select(database, owner.service, verb, filterOf(body));
    const by = actOf(body);
    if (!by || body.expect === undefined) {
      const groups = await groupDeadLetters(database, filter, GROUPS_SHOWN);
      return { dryRun: true, act: verb.name, count, groups };
    }
    const selection = { filter, expected: body.expect };
    const done = await database.transaction((tx) => verb.apply(tx, selection, by)).catch(explain);
    return { act: verb.name, ...done };
  }
}

function noSuchDeadLetter(): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'dead-letter-not-found',
    detail: 'This service has no dead letter of this id.',
  });
}

function noSuchCursor(): ProblemException {
  return new ProblemException({
    status: 400,
    type: 'invalid-parameters',
    errors: [{ parameter: 'after', detail: 'is no dead letter of this service, or none any more' }],
  });
}
