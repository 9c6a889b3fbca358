import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Door } from '#access';
import { Operation, textAnswer } from '#http';
import { Metrics } from './metrics.js';

/** Serves `/metrics` in the text format of Prometheus. */
@Door('public')
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  /** Reads every gauge, so one call takes up to 2 s when the database is unavailable. */
  @Get()
  @Header('cache-control', 'no-store')
  @Operation({
    id: 'readMetrics',
    summary: 'Metrics in the text format of Prometheus',
    answers: {
      200: textAnswer(
        'text/plain',
        'Every metric of the process.',
        '# TYPE process_cpu_seconds_total counter',
      ),
    },
  })
  async all(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.type(this.metrics.contentType);
    return this.metrics.text();
  }
}
