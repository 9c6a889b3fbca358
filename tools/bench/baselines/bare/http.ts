import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Serves `/health/ready`, and passes every other request to `handle`. */
export function startServer(
  port: number,
  handle: RequestHandler = (_, response) => response.writeHead(404).end(),
): void {
  createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
    if (request.url === '/health/ready') response.end('{"status":"ok"}');
    else handle(request, response);
  }).listen(port, '127.0.0.1');
}

export function respond(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const content = JSON.stringify(body);
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
      ...headers,
    })
    .end(content);
}
