import { STATUS_CODES } from 'node:http';

/**
 * A kind of problem, declared once: an error response names it in `type`, the OpenAPI document lists it at each operation,
 * and the page of error types describes it.
 */
export interface ProblemType {
  /** The end of the URN `urn:problem-type:<slug>`, and the anchor of its section on the page: `order-not-found`. */
  readonly slug: string;
  /** The HTTP status code, 400 to 599. */
  readonly status: number;
  /** For people; the same for every occurrence. */
  readonly title: string;
}

/** Declares a kind of problem. */
export function problemType(slug: string, status: number, title: string): ProblemType {
  return { slug, status, title };
}

/** The URN that identifies a kind of problem. */
export function problemTypeUrn({ slug }: Pick<ProblemType, 'slug'>): string {
  return `urn:problem-type:${slug}`;
}

/** Rejections by the framework, without a more specific type; one per status. */
export const statusProblems: readonly ProblemType[] = [
  // Bytes that are no HTTP request, or a path that is not well percent-encoded.
  problemType('bad-request', 400, 'Bad Request'),
  // A path that the service does not have.
  problemType('not-found', 404, 'Not Found'),
  // `respondMethodNotAllowed` sends `Allow`.
  problemType('method-not-allowed', 405, 'Method Not Allowed'),
  // A request that is not complete within 30 s.
  problemType('request-timeout', 408, 'Request Timeout'),
  // A body above `@BodyLimit`.
  problemType('payload-too-large', 413, 'Payload Too Large'),
  // A part of the path above 128 characters.
  problemType('uri-too-long', 414, 'URI Too Long'),
  // A body that is not JSON in UTF-8, or is compressed.
  problemType('unsupported-media-type', 415, 'Unsupported Media Type'),
  // Headers above 16 KB.
  problemType('request-header-fields-too-large', 431, 'Request Header Fields Too Large'),
  // An unknown error; its log lines carry the correlation id.
  problemType('internal-server-error', 500, 'Internal Server Error'),
  // The database is unavailable; send `Retry-After`.
  problemType('service-unavailable', 503, 'Service Unavailable'),
];

/** The type of a framework's rejection by its status. An unknown status gets its reason phrase as slug and title. */
export function problemTypeOfStatus(status: number): ProblemType {
  const title = STATUS_CODES[status] ?? 'Error';
  const slug = title.toLowerCase().replace(/[^a-z]+/g, '-');
  return statusProblems.find((type) => type.status === status) ?? problemType(slug, status, title);
}
