import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ProblemException } from './problem.js';
import { problemTypeOfStatus } from './problem-type.js';

/** Error codes of Node.js's HTTP parser and server; any other code is a 400. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Responds with problem details to bytes that never became a request, then closes the connection: 431 for headers that
 * are too large, 408 for a request that is too slow, 400 for bytes that are not HTTP.
 */
export function respondToClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE[error.code ?? ''] ?? 400;
  const body = JSON.stringify(new ProblemException({ type: problemTypeOfStatus(status) }).problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
