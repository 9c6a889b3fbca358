import { connect, type Socket } from 'node:net';

/** One call of the payment gateway. */
export interface GatewayCall {
  readonly path: string;
  readonly idempotencyKey: string;
  readonly body: object;
}

interface PendingCall {
  readonly call: GatewayCall;
  readonly resolve: (reference: string) => void;
  readonly reject: (error: Error) => void;
}

const CONNECTIONS_MAX = 64;
const HEAD_END = '\r\n\r\n';

/** A minimal HTTP/1.1 client: one call at a time per connection; responses have a `content-length`. */
export class Gateway {
  private readonly idle: Connection[] = [];
  private readonly waiting: PendingCall[] = [];
  private connections = 0;

  constructor(private readonly url: URL) {}

  /** Resolves to the gateway's id of the operation. @throws Error when the gateway does not approve */
  send(call: GatewayCall): Promise<string> {
    return new Promise((resolve, reject) => {
      const pending = { call, resolve, reject };
      const connection = this.idle.pop() ?? this.connect();
      if (connection) connection.send(pending);
      else this.waiting.push(pending);
    });
  }

  private connect(): Connection | undefined {
    if (this.connections === CONNECTIONS_MAX) return undefined;
    this.connections += 1;
    const connection = new Connection(this.url, () => {
      const next = this.waiting.shift();
      if (next) connection.send(next);
      else this.idle.push(connection);
    });
    // The gateway closes idle connections.
    connection.socket.on('close', () => {
      this.connections -= 1;
      const index = this.idle.indexOf(connection);
      if (index >= 0) this.idle.splice(index, 1);
    });
    return connection;
  }
}

class Connection {
  readonly socket: Socket;
  private pendingCall: PendingCall | undefined;
  private received = '';

  constructor(
    private readonly url: URL,
    private readonly onResponse: () => void,
  ) {
    this.socket = connect(Number(url.port), url.hostname.replace(/^\[|\]$/g, ''))
      .setNoDelay()
      .setEncoding('latin1'); // responses are ASCII
    this.socket.on('data', (text: string) => this.receive(text));
    this.socket.on('error', (error) => this.pendingCall?.reject(error));
  }

  send(pending: PendingCall): void {
    this.pendingCall = pending;
    const { path, idempotencyKey, body } = pending.call;
    const content = JSON.stringify(body);
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: ${this.url.host}\r\ncontent-type: application/json\r\n` +
        `content-length: ${content.length}\r\nidempotency-key: ${idempotencyKey}${HEAD_END}${content}`,
    );
  }

  private receive(text: string): void {
    this.received += text;
    const headEnd = this.received.indexOf(HEAD_END);
    if (headEnd < 0) return;
    const length = Number(/^content-length: (\d+)/im.exec(this.received)?.[1]);
    const response = this.received.slice(headEnd + HEAD_END.length);
    if (response.length < length) return;
    this.received = '';
    const { status, id } = JSON.parse(response) as { readonly status: string; readonly id: string };
    if (status === 'approved') this.pendingCall!.resolve(id);
    else this.pendingCall!.reject(new Error(`the gateway did not approve: ${response}`));
    this.onResponse();
  }
}
