import { connect, createServer, type Server, type Socket } from 'node:net';

/** Both ends of one connection through the proxy. */
interface ConnectionPair {
  client: Socket;
  upstream: Socket;
  /** Permanently discards data in both directions. */
  isHalfOpen: boolean;
}

/**
 * A TCP proxy on 127.0.0.1 that injects network faults. Data is delivered in order. Data held back by a black hole is
 * delivered after {@link restore}, as TCP would retransmit it.
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

  /** Starts a proxy to `target` on `port` of 127.0.0.1; 0 selects a free port. */
  static async listen(target: { host: string; port: number }, port = 0): Promise<TcpProxy> {
    // A URL's host name of an IPv6 address is in brackets.
    const proxy = new TcpProxy({ ...target, host: target.host.replace(/^\[|\]$/g, '') });
    proxy.#port = port;
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** The number of open connections. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** The number of connections made half-open by {@link halfOpen} that the client has not closed yet. */
  get halfOpenClients(): number {
    return [...this.#pairs].filter(({ client, isHalfOpen }) => isHalfOpen && !client.destroyed).length;
  }

  /** Returns `url` with the host and port of this proxy. */
  rewriteUrl(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.#port);
    return changed.href;
  }

  /** Closes every connection and refuses new ones, as when the machine is up and the server is down. */
  async cut(): Promise<void> {
    for (const pair of this.#pairs) destroy(pair);
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Resets every open connection (RST to both sides); new connections work. */
  reset(): void {
    for (const { client, upstream } of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  /**
   * Keeps connections open and accepts new ones, but delivers no data and no FIN in either direction, like a pulled
   * cable. {@link restore} delivers the held-back data.
   */
  blackHole(): void {
    this.#isBlackHole = true;
    for (const { client, upstream } of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  /**
   * Makes the open connections half-open, permanently: both ends stay open, and data and FIN are discarded, as after a
   * firewall drops its state. New connections work.
   */
  halfOpen(): void {
    for (const pair of this.#pairs) {
      pair.isHalfOpen = true;
      pair.client.resume(); // reads and discards
      pair.upstream.resume();
    }
  }

  /** Delays every chunk by `delayMs` in each direction. */
  addLatency(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  /** Reverts {@link cut}, {@link blackHole} and {@link addLatency}; not {@link halfOpen}. */
  async restore(): Promise<void> {
    this.#isBlackHole = false;
    this.#delayMs = 0;
    for (const pair of [...this.#pairs].filter(({ isHalfOpen }) => !isHalfOpen)) {
      // One side closed during the black hole; the other side learns of it now.
      if (pair.client.destroyed || pair.upstream.destroyed) destroy(pair);
      pair.client.resume();
      pair.upstream.resume();
    }
    if (this.#server === undefined) await this.#listen();
  }

  /** Stops the proxy: same as {@link cut}. */
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
    // Deliveries are chained, so a chunk with a shorter delay cannot overtake an earlier one.
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
    from.on('error', () => undefined); // 'close' follows with failed = true
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
