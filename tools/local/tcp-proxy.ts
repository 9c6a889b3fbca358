import { connect, createServer, type Server, type Socket } from 'node:net';

/** Both ends of one connection through the proxy. */
interface ConnectionPair {
  client: Socket;
  upstream: Socket;
  /** Nothing passes any more, for good. */
  isHalfOpen: boolean;
}

/**
 * A link on the loopback that can be broken in the ways real ones break. Everything put on it comes out in order;
 * what a fault held back comes out when the link is restored, as TCP would resend it.
 */
export class TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #pairs = new Set<ConnectionPair>();
  #server: Server | undefined;
  #port = 0;
  #isBlackHole = false;
  #delayMs = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
  }

  /** Starts one that leads to `target`, on the port given or any free one of 127.0.0.1. */
  static async listen(target: { host: string; port: number }, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#port = port;
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** How many clients hold a connection that {@link halfOpen} has made a dead one, and have not given it up yet. */
  get halfOpenClients(): number {
    return [...this.#pairs].filter(({ client, isHalfOpen }) => isHalfOpen && !client.destroyed).length;
  }

  /** The same address, by way of this proxy: for the URL of a database or a broker. */
  rewriteUrl(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.#port);
    return changed.href;
  }

  /** Ends every connection and refuses new ones: the other side's machine is up, its server is not. */
  async cut(): Promise<void> {
    for (const pair of this.#pairs) destroy(pair);
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Resets every connection once (RST to both sides); new ones are let through. */
  reset(): void {
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /**
   * Connections stay open, new ones are accepted, and nothing gets through in either direction, not even that the
   * other side has hung up: a cable pulled, a firewall that forgot.
   */
  blackHole(): void {
    this.#isBlackHole = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /**
   * The connections there are stay open at both ends, and nothing gets through them ever again, not even that the other
   * side has hung up: a firewall has forgotten them, or a machine is gone. New ones are let through.
   */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      pair.isHalfOpen = true;
      pair.client.resume(); // what is sent is swallowed
      pair.upstream.resume();
    }
  }

  /** Every piece of data arrives this much later, in each direction. */
  addLatency(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Undoes {@link cut}, {@link blackHole} and {@link slow}. */
  async restore(): Promise<void> {
    this.#isBlackHole = false;
    this.#delayMs = 0;
    for (const pair of [...this.#pairs].filter(({ isHalfOpen }) => !isHalfOpen)) {
      // One side failed meanwhile, and the other could not hear of it until now.
      if (pair.client.destroyed || pair.upstream.destroyed) destroy(pair);
      pair.client.resume();
      pair.upstream.resume();
    }
    if (this.#server === undefined) await this.#listen();
  }

  /** Ends it for good. */
  close(): Promise<void> {
    return this.cut();
  }

  #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => {
        const address = server.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        resolve();
      });
    });
  }

  #accept(client: Socket): void {
    const upstream = connect({ ...this.#target, allowHalfOpen: true });
    const pair = { client, upstream, isHalfOpen: false };
    this.#pairs.add(pair);
    this.#forward(pair, client, upstream);
    this.#forward(pair, upstream, client);
    if (this.#isBlackHole) {
      client.pause();
      upstream.pause();
    }
  }

  #forward(pair: ConnectionPair, from: Socket, to: Socket): void {
    // Deliveries form a chain, so that a shorter delay cannot overtake a longer one.
    let last = Promise.resolve();
    const later = (deliver: () => void): void => {
      const due = Date.now() + this.#delayMs;
      last = last.then(() => waitUntilDue(due)).then(deliver);
    };
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) =>
      later(() => {
        if (pair.isHalfOpen || to.destroyed || to.write(chunk)) return;
        from.pause();
        to.once('drain', () => this.#isBlackHole || from.resume());
      }),
    );
    from.on('end', () =>
      later(() => {
        if (pair.isHalfOpen) from.destroy();
        else if (!to.destroyed) to.end();
      }),
    );
    from.on('error', () => undefined); // 'close' follows, and says so
    from.on('close', (failed) => {
      if (failed && !this.#isBlackHole && !pair.isHalfOpen) later(() => to.resetAndDestroy());
      if (pair.client.destroyed && pair.upstream.destroyed) this.#pairs.delete(pair);
    });
  }
}

function destroy({ client, upstream }: ConnectionPair): void {
  client.destroy();
  upstream.destroy();
}

async function waitUntilDue(due: number): Promise<void> {
  const wait = due - Date.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
}
