import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem, type ErrorMapper } from './to-problem.js';
import type { ProblemException } from './problem.js';

/** Answers every error of every route, and of the framework itself, as problem details. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly mapError?: ErrorMapper) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = toProblem(error, this.mapError);
    if (problem.getStatus() >= 500) request.log.error({ err: problem.cause ?? problem }, problem.message);
    if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
    else sendProblem(reply, problem);
  }
}

export function sendProblem(reply: FastifyReply, { problem, headers }: ProblemException): void {
  void reply
    .code(problem.status)
    .headers({ 'x-correlation-id': reply.request.id, ...headers })
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem))); // as bytes: to text Fastify would add a charset, which JSON has not
}
