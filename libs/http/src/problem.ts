import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** The body of every HTTP error: problem details of RFC 9457, sent as `application/problem+json`. */
export interface ProblemDetails {
  /** The kind of problem, for programs: `urn:problem-type:<slug>`. */
  readonly type: string;
  /** The kind of problem, for people; the same for every occurrence. */
  readonly title: string;
  /** The HTTP status code. */
  readonly status: number;
  /** This occurrence. Never contains a value of the request. */
  readonly detail?: string;
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
  /** HTTP status code, 400 to 599. Required. */
  readonly status: number;
  /** The slug of the type: `order-not-found`. Default: the reason phrase as a slug, `not-found`. */
  readonly type?: string;
  /** Default: the reason phrase of the status, `Not Found`. */
  readonly title?: string;
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
    super(problem, options.status, { cause: options.cause });
    this.message = problem.detail ?? problem.title;
    this.problem = problem;
    this.headers = options.headers ?? {};
  }
}

/** Extensions never override the standard members. */
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
