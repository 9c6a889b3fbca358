import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';

/** One call of the payment gateway. */
export interface GatewayCall {
  readonly path: string;
  readonly idempotencyKey: string;
  readonly body: object;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Resolves to the gateway's id of what it did. @throws when it did not approve */
export function ask(gatewayUrl: URL, { path, idempotencyKey, body }: GatewayCall): Promise<string> {
  const content = JSON.stringify(body);
  const options = {
    host: gatewayUrl.hostname,
    port: gatewayUrl.port,
    path,
    agent,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'content-length': content.length,
      'idempotency-key': idempotencyKey,
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      json(response).then((answer) => {
        const { status, id } = answer as { readonly status: string; readonly id: string };
        if (status === 'approved') resolve(id);
        else reject(new Error(`the gateway did not approve ${idempotencyKey}: ${JSON.stringify(answer)}`));
      }, reject);
    });
    sent.on('error', reject);
    sent.end(content);
  });
}
