import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Door } from '#access';
import { Metrics } from './metrics.js';

/** Serves `/metrics` in the text format of Prometheus. */
@ApiTags('health')
@Door('public')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Reads every gauge, so one call takes up to 2 s when the database is unavailable. */
  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Metrics in the text format of Prometheus' })
  @ApiProduces('text/plain')
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.type(this.metrics.contentType);
    return this.metrics.text();
  }
}
