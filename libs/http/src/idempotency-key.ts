import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from './problem.js';

const WELL_FORMED = /^[\x21-\x7e]{1,255}$/;

/**
 * A handler's parameter: the required `Idempotency-Key` header (IETF draft), 1 to 255 visible ASCII characters.
 * Without a usable one the request is refused with 400. Shows in the OpenAPI document.
 */
export function IdempotencyKey(): ParameterDecorator {
  return (target, method, index) => {
    if (method === undefined) throw new TypeError('IdempotencyKey is for parameters of handlers');
    const handler = Object.getOwnPropertyDescriptor(target, method)!;
    ApiHeader({
      name: 'Idempotency-Key',
      required: true,
      description: 'Chosen by the client, the same for every try of one request.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    })(target, method, handler);
    fromHeader()(target, method, index);
  };
}

const fromHeader = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (typeof key === 'string' && WELL_FORMED.test(key)) return key;
  const detail = key === undefined ? 'is required' : 'must be 1 to 255 visible ASCII characters';
  throw new ProblemException({
    status: 400,
    type: key === undefined ? 'idempotency-key-missing' : 'idempotency-key-invalid',
    detail: `Idempotency-Key ${detail}.`,
    errors: [{ header: 'Idempotency-Key', detail }],
  });
});
