import type { FastifyReply, FastifyRequest } from 'fastify';
import { ZodError } from 'zod';
import type { ConsoleProblem } from '../protocol-records.js';
import { AccessError } from './access.js';
import { describeError, SourceUnavailableError } from './databases.js';
import { NotAvailableError } from './lab/lab.js';
import { noAccessPage } from './page-shell.js';
import { ShopRequestError } from './shop-access.js';

/** The request names no order, dead letter or message of the shop. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The control is switched off in this console; the message names the option. */
export class SwitchedOffError extends Error {
  override readonly name = 'SwitchedOffError';
}

/** Sends any error as status and problem. */
export function sendProblem(error: unknown, { url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [status, problem] = toProblem(error);
  if (error instanceof AccessError && url === '/') {
    return reply.code(status).type('text/html; charset=utf-8').send(noAccessPage(error.message));
  }
  return reply.code(status).type('application/json').send(problem);
}

function toProblem(error: unknown): readonly [number, ConsoleProblem] {
  const detail = describeError(error);
  if (error instanceof AccessError) return [error.status, { title: 'No access', detail }];
  if (error instanceof SwitchedOffError) return [403, { title: 'Switched off', detail }];
  if (error instanceof NotFoundError) return [404, { title: 'Not found', detail }];
  if (error instanceof NotAvailableError) return [409, { title: 'Not available', detail }];
  if (error instanceof ShopRequestError) return [error.status, error.problem];
  if (error instanceof SourceUnavailableError) return [503, { title: 'A source is unavailable', detail }];
  if (error instanceof ZodError) {
    const [issue] = error.issues;
    return [400, { title: 'Invalid request', detail: `${issue?.path.join('.') ?? ''}: ${issue?.message}` }];
  }
  const status = (error as { readonly statusCode?: number }).statusCode;
  if (status !== undefined && status < 500) return [status, { title: 'Invalid request', detail }];
  return [503, { title: 'A source cannot be read', detail }];
}
