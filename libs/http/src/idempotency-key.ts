import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { addRequestHeader } from './open-api/operation.js';
import { ProblemException } from './problem.js';
import { httpProblems } from './request-problems.js';

const WELL_FORMED = /^[\x21-\x7e]{1,255}$/;

/**
 * Parameter decorator of a handler: the required header `Idempotency-Key`, 1 to 255 visible ASCII characters
 * (IETF draft-ietf-httpapi-idempotency-key-header). A missing or unusable key is rejected with 400. The header is part of
 * the OpenAPI document.
 */
export function IdempotencyKey(): ParameterDecorator {
  return (target, method, index) => {
    if (method === undefined) throw new TypeError('IdempotencyKey is for parameters of handlers');
    addRequestHeader(Object.getOwnPropertyDescriptor(target, method)!.value as object, {
      name: 'Idempotency-Key',
      required: true,
      description: 'Chosen by the client; the same for every attempt of one request.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    });
    fromHeader()(target, method, index);
  };
}

const fromHeader = createParamDecorator((_: unknown, context: ExecutionContext): string => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  if (typeof key === 'string' && WELL_FORMED.test(key)) return key;
  const detail = key === undefined ? 'is required' : 'must be 1 to 255 visible ASCII characters';
  throw new ProblemException({
    type: key === undefined ? httpProblems.keyMissing : httpProblems.keyInvalid,
    detail: `Idempotency-Key ${detail}.`,
    errors: [{ header: 'Idempotency-Key', detail }],
  });
});
