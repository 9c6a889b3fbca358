import type { ConsoleProblem } from '../protocol-records.js';
import { connection } from './state.js';

/** An error response of the console, or no response. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly problem: ConsoleProblem,
  ) {
    super(problem.detail ?? problem.title);
  }
}

/** @throws ApiError */
export function get<Body>(path: string): Promise<Body> {
  return send<Body>(path, {});
}

/** @throws ApiError */
export function post<Body>(path: string, body: object = {}): Promise<Body> {
  return send<Body>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function send<Body>(path: string, init: RequestInit): Promise<Body> {
  const response = await fetch(path, init).catch((error: Error) => {
    throw new ApiError(0, { title: error.message });
  });
  if (response.status === 401) connection.value = 'ended';
  const body = (await response.json().catch(() => ({ title: `status ${response.status}` }))) as unknown;
  if (!response.ok) throw new ApiError(response.status, body as ConsoleProblem);
  return body as Body;
}
