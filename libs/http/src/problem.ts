import { HttpException } from '@nestjs/common';
import { type ProblemType, problemTypeUrn } from './problem-type.js';

/** The body of every HTTP error: problem details of RFC 9457, sent as `application/problem+json`. */
export interface ProblemDetails {
  /** The kind of problem, for programs: `urn:problem-type:<slug>`; the slug is that of a {@link ProblemType}. */
  readonly type: string;
  /** The kind of problem, for people; the same for every occurrence. */
  readonly title: string;
  /** The HTTP status code. */
  readonly status: number;
  /** This occurrence. Never contains a value of the request. */
  readonly detail?: string;
  /** The request, by its correlation id: `urn:correlation-id:<id>`. Absent when the bytes were no request. */
  readonly instance?: string;
  /** Every fault of the request, at most 100. */
  readonly errors?: readonly ProblemError[];
  readonly [extension: string]: unknown;
}

/** One fault and its place in the request: exactly one of `pointer`, `parameter` and `header`. */
export interface ProblemError {
  /** A place in the body: a JSON pointer as a URI fragment, `#/lines/0/quantity`. */
  readonly pointer?: string;
  /** The name of a parameter of the path or the query. */
  readonly parameter?: string;
  /** The name of a header. */
  readonly header?: string;
  /** The fault, as the end of a sentence: `is missing`. */
  readonly detail: string;
}

/** The members of a {@link ProblemException}. */
export interface ProblemOptions {
  /** The kind of problem, with its status and title. Required. */
  readonly type: ProblemType;
  /** Must not contain a value of the request. Default none. */
  readonly detail?: string;
  /** Faults of the request. Default none. */
  readonly errors?: readonly ProblemError[];
  /** Headers of the response: `{ 'retry-after': '5' }`. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body. Default none. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Logged when the status is 500 or more, and never sent. Default: the exception itself is logged. */
  readonly cause?: unknown;
}

/** The error class of HTTP code: {@link createHttpApp} sends it as problem details with its headers. */
export class ProblemException extends HttpException {
  override readonly name = 'ProblemException';
  /** The body of the response. */
  readonly problem: ProblemDetails;
  /** Headers of the response, besides the content type and the correlation id. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: ProblemOptions) {
    const problem = toProblemDetails(options);
    super(problem, problem.status, { cause: options.cause });
    this.message = problem.detail ?? problem.title;
    this.problem = problem;
    this.headers = options.headers ?? {};
  }
}

/** Extensions never override the standard members. */
function toProblemDetails({ type, detail, errors, extensions }: ProblemOptions): ProblemDetails {
  return {
    ...extensions,
    type: problemTypeUrn(type),
    title: type.title,
    status: type.status,
    ...(detail !== undefined && { detail }),
    ...(errors !== undefined && { errors }),
  };
}
