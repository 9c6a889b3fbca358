import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** The body of every HTTP error: problem details, RFC 9457, sent as `application/problem+json`. */
export interface ProblemDetails {
  /** What kind of problem, for machines: `urn:problem-type:<slug>`. */
  readonly type: string;
  /** The same for people; does not change from one occurrence to the next. */
  readonly title: string;
  readonly status: number;
  /** What went wrong this time. Never repeats a value from the request. */
  readonly detail?: string;
  /** Every fault found in the request, not only the first. */
  readonly errors?: readonly ProblemError[];
  readonly [extension: string]: unknown;
}

/** One fault, and where in the request it lies: exactly one of `pointer`, `parameter` and `header`. */
export interface ProblemError {
  /** In the body: a JSON pointer as a URI fragment, `#/lines/0/quantity`. */
  readonly pointer?: string;
  /** In the path or the query: its name. */
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

export interface ProblemOptions {
  readonly status: number;
  /** A slug: `order-not-found`. Default: the status in words, `not-found`. */
  readonly type?: string;
  /** Default: the status in words, `Not Found`. */
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly ProblemError[];
  /** Headers of the answer: `{ 'retry-after': '5' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the body. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Logged where the status is 500 or more, never sent. */
  readonly cause?: unknown;
}

/** The one error class that HTTP code throws. Answered as its problem details, with its headers. */
export class ProblemException extends HttpException {
  override readonly name = 'ProblemException';
  readonly problem: ProblemDetails;
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: ProblemOptions) {
    const problem = toProblemDetails(options);
    super(problem, options.status, { cause: options.cause });
    this.message = problem.detail ?? problem.title;
    this.problem = problem;
    this.headers = options.headers ?? {};
  }
}

function toProblemDetails({
  status,
  type,
  title,
  detail,
  errors,
  extensions,
}: ProblemOptions): ProblemDetails {
  const reasonPhrase = STATUS_CODES[status] ?? 'Error';
  return {
    ...extensions,
    type: `urn:problem-type:${type ?? reasonPhrase.toLowerCase().replace(/[^a-z]+/g, '-')}`,
    title: title ?? reasonPhrase,
    status,
    ...(detail !== undefined && { detail }),
    ...(errors !== undefined && { errors }),
  };
}
