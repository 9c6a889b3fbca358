import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toProblem, type ErrorMapper } from './to-problem.js';
import type { ProblemException } from './problem.js';

/**
 * Sends every error of a route or of the framework as problem details. Errors with status 500 or more are logged with
 * their cause. An error after the headers were sent closes the connection, because the status cannot change any more.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly mapError?: ErrorMapper) {}

  /** Errors outside HTTP, such as those of a consumer, are thrown again. */
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

/** Sends a problem with its headers. The correlation id of the request is a header and the member `instance`. */
export function sendProblem(reply: FastifyReply, { problem, headers }: ProblemException): void {
  void reply
    .code(problem.status)
    .headers({ 'x-correlation-id': reply.request.id, ...headers })
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify({ ...problem, instance: `urn:correlation-id:${reply.request.id}` }))); // bytes: Fastify adds a charset to text, and JSON has none
}
