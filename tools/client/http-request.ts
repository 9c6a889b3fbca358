import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

export interface HttpResponse {
  status: number;
  body: string;
}

/**
 * Sends one HTTP request on a new connection.
 *
 * Not `fetch`: in Node.js 20 it never settles when the peer closes the connection right after accepting it. A
 * container's published port does so while the server inside is starting.
 *
 * @throws Error when the response is not complete within `timeoutMs`.
 */
export async function request(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; timeoutMs: number },
): Promise<HttpResponse> {
  const { method = 'GET', headers = {}, body = '', timeoutMs } = options;
  const begin = url.startsWith('https:') ? httpsRequest : httpRequest;
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    begin(url, { method, headers, agent: false, signal }, resolve).once('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
