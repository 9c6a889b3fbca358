import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import type { z } from 'zod';
import { Database } from '#database';
import { type ReplayProgress, replayProgress, stopReplay } from '#dead-letters';
import { ProblemException } from '#http';
import { ForOperators } from './access.js';
import { attributionSchema, id as idSchema } from './schemas.js';

@ForOperators()
@Controller('operator/replays')
export class ReplaysController {
  constructor(private readonly database: Database) {}

  @Get(':id')
  @ApiOperation({ summary: 'How far a replay has come: it is over when none waits' })
  async show(@Param('id', { schema: idSchema }) id: string): Promise<ReplayProgress> {
    const progress = await replayProgress(this.database, id);
    if (progress) return progress;
    throw new ProblemException({
      status: 404,
      type: 'replay-not-found',
      detail: 'There is no replay of this id, or what it has sent has been sent once more since.',
    });
  }

  @Post(':id/stop')
  @HttpCode(200)
  @ApiOperation({ summary: 'Takes back what of a replay has not set out yet: it is open again' })
  async stop(
    @Param('id', { schema: idSchema }) id: string,
    @Body({ schema: attributionSchema }) by: z.output<typeof attributionSchema>,
  ) {
    await this.show(id);
    const { count } = await this.database.transaction((tx) => stopReplay(tx, id, by));
    return { action: 'stop-replay', count, ...(await this.show(id)) };
  }
}
