import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import type { ProcessName } from '../client/api-types.js';
import { request } from '../client/http-request.js';
import type { ShopControl } from './shop-control.js';

/** The address of the control of a background shop. */
export interface ControlAddress {
  readonly url: string;
  /** Required in every request: other users of the machine can reach the port. */
  readonly token: string;
}

type Method = keyof ShopControl;

/** The methods that a client may call, and the number of their arguments. */
const METHODS: Readonly<Record<Method, number>> = {
  cutBroker: 0,
  restoreBroker: 0,
  kill: 1,
  start: 1,
  restartWith: 2,
  waitForExit: 1,
  reset: 0,
};
/** Longer than the start of a process under full load. */
const CALL_TIMEOUT_MS = 90_000;

/**
 * Serves a {@link ShopControl} on a free port of 127.0.0.1: `POST /<method>` with the arguments as a JSON array.
 *
 * @param onCall called at every authorized request
 */
export async function serveControl(
  control: ShopControl,
  token: string,
  onCall: () => void,
): Promise<{ address: ControlAddress; server: Server }> {
  const server = createServer((message, response) => void respond(message, response));
  const respond = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = (message.url ?? '').slice(1) as Method;
    const isAuthorized = message.headers.authorization === `Bearer ${token}`;
    if (!isAuthorized || message.method !== 'POST' || !(method in METHODS)) {
      response.writeHead(isAuthorized ? 404 : 401).end();
      return;
    }
    onCall();
    try {
      const args = JSON.parse(await text(message)) as unknown[];
      await (control[method] as (...args: unknown[]) => Promise<void>).call(control, ...args);
      response.writeHead(204).end();
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { address: { url: `http://127.0.0.1:${port}`, token }, server };
}

/** Calls the control of a background shop. */
export class RemoteShopControl implements ShopControl {
  constructor(private readonly address: ControlAddress) {}

  cutBroker = (): Promise<void> => this.call('cutBroker');
  restoreBroker = (): Promise<void> => this.call('restoreBroker');
  kill = (process: ProcessName): Promise<void> => this.call('kill', process);
  start = (process: ProcessName): Promise<void> => this.call('start', process);
  waitForExit = (process: ProcessName): Promise<void> => this.call('waitForExit', process);
  reset = (): Promise<void> => this.call('reset');

  restartWith(process: ProcessName, env: Readonly<Record<string, string>>): Promise<void> {
    return this.call('restartWith', process, env);
  }

  /** @throws Error with the text of the control's error, or for a shop that an older version of this program started */
  private async call(method: Method, ...args: unknown[]): Promise<void> {
    const { status, body } = await request(`${this.address.url}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.address.token}` },
      body: JSON.stringify(args),
      timeoutMs: CALL_TIMEOUT_MS,
    });
    if (status === 404)
      throw new Error(`the background shop is older and has no ${method}; restart it: --stop`);
    if (status !== 204) throw new Error(`${method} of the background shop: ${status} ${body}`);
  }
}
