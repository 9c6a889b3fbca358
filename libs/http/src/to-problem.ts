import { HttpException } from '@nestjs/common';
import type { FastifyError } from 'fastify';
import { JsonRejectedError } from '#json';
import { ProblemException } from './problem.js';
import { problemTypeOfStatus } from './problem-type.js';
import { jsonProblems } from './request-problems.js';

/** Maps an error of an app to problem details; returns undefined for an error that the app does not know. */
export type ErrorMapper = (error: unknown) => ProblemException | undefined;

/**
 * Maps an error of a handler or of the framework to problem details. An unknown error becomes a 500 without its message,
 * with the error as `cause`.
 *
 * @param mapError called before the mappings of JSON, Nest and Fastify errors
 */
export function toProblem(error: unknown, mapError?: ErrorMapper): ProblemException {
  if (error instanceof ProblemException) return error;
  return (
    mapError?.(error) ??
    fromJsonError(error) ??
    fromNestException(error) ??
    fromFastifyError(error) ??
    fromUnknownError(error)
  );
}

function fromJsonError(error: unknown): ProblemException | undefined {
  if (!(error instanceof JsonRejectedError)) return undefined;
  const pointer = `#${encodeURI(error.pointer ?? '')}`;
  return new ProblemException({
    type: jsonProblems[error.reason],
    detail: error.message,
    errors: [{ pointer, detail: error.message }],
  });
}

/** Keeps the status of Nest's own exceptions; a 5xx loses its message. */
function fromNestException(error: unknown): ProblemException | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const type = problemTypeOfStatus(error.getStatus());
  if (type.status >= 500) return new ProblemException({ type, cause: error });
  // The 404 of Nest contains the URL.
  const detail = /^Cannot [A-Z]+ /.test(error.message) ? 'There is no such path.' : error.message;
  return new ProblemException({ type, detail });
}

/** Details for rejections of Fastify; without an entry, Fastify's own message is sent. */
const FASTIFY_DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body must be sent as application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than this route accepts.',
  FST_ERR_BAD_URL: 'The path is not well percent-encoded.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
};

/** Keeps the status of Fastify's own 4xx errors. Errors of plugins or handlers are unknown errors. */
function fromFastifyError(error: unknown): ProblemException | undefined {
  if (!(error instanceof Error)) return undefined;
  const { statusCode: status = 0, code = '', message } = error as Partial<FastifyError> & Error;
  if (status < 400 || status >= 500 || !code.startsWith('FST_')) return undefined;
  return new ProblemException({
    type: problemTypeOfStatus(status),
    detail: FASTIFY_DETAILS[code] ?? message,
  });
}

/** The message of an unknown error may contain data, so the client gets the correlation id only. */
function fromUnknownError(error: unknown): ProblemException {
  return new ProblemException({
    type: problemTypeOfStatus(500),
    detail: 'An internal error occurred. Its log lines carry the x-correlation-id of this response.',
    cause: error,
  });
}
