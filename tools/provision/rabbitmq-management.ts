import { request } from '../client/http-request.js';

/** Where the broker's management API is, and as whom we may use it; plain data. */
export interface ManagementAccess {
  /** `http://127.0.0.1:15672`, without a slash at the end. */
  url: string;
  user: string;
  password: string;
}

/** An answer other than 2xx. */
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
 * Calls the management API: `GET /vhosts`. Every call has a time limit of 10 s.
 *
 * @param path below `/api`, its parts already encoded.
 * @throws {ManagementError} on an answer other than 2xx; another error when there is none.
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
