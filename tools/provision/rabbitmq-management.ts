import { request } from '../client/http-request.js';

/** URL and credentials of the broker's management API; plain data. */
export interface ManagementAccess {
  /** `http://127.0.0.1:15672`, without a trailing slash. */
  url: string;
  user: string;
  password: string;
}

/** The management API responded with a status other than 2xx. */
export class ManagementError extends Error {
  override readonly name = 'ManagementError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Calls the management API: `GET /vhosts`. The timeout is 10 s.
 *
 * @param path below `/api`, with its segments URL-encoded.
 * @throws {ManagementError} on a status other than 2xx; another error when there is no response.
 */
export async function callManagement<T = unknown>(
  access: ManagementAccess,
  method: 'GET' | 'PUT' | 'DELETE' | 'POST',
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await request(`${access.url}/api${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${access.user}:${access.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    timeoutMs: 10_000,
  });
  if (response.status >= 300) {
    throw new ManagementError(response.status, `${method} ${path}: ${response.status} ${response.body}`);
  }
  return (response.body === '' ? undefined : JSON.parse(response.body)) as T;
}
