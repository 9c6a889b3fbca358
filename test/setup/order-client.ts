import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { OrderClient } from '../../tools/bench/load.js';

/** A client, of ten connections, of a server that answers every order in this way. Both end with the test. */
export async function createOrderClient(respond: (response: ServerResponse) => void): Promise<OrderClient> {
  const server = createServer((request, response) => {
    request.resume();
    respond(response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = new OrderClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 10);
  onTestFinished(() => client.close());
  return client;
}
