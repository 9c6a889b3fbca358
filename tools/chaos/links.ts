import { TcpProxy } from '../../libs/test-support/tcp-proxy.js';

/** The TCP links that a fault can disrupt, as `from–to`. */
export const linkNames = [
  'client–order',
  'order–broker',
  'inventory–broker',
  'payment–broker',
  'order–database',
  'inventory–database',
  'payment–database',
  'payment–gateway',
] as const;
export type LinkName = (typeof linkNames)[number];

/** The open links of one shop: a {@link TcpProxy} in front of each upstream. */
export class Links {
  private readonly proxies = new Map<LinkName, TcpProxy>();

  /** Opens the link and resolves to `url`, rewritten to lead through it. @throws Error for an unknown link */
  async open(from: string, to: string, url: string): Promise<string> {
    const name = linkNames.find((known) => known === `${from}–${to}`);
    if (name === undefined) throw new Error(`there is no link ${from}–${to}`);
    const { hostname, port } = new URL(url);
    const proxy = await TcpProxy.listen({ host: hostname, port: Number(port) });
    this.proxies.set(name, proxy);
    return proxy.rewriteUrl(url).replace(/\/$/, '');
  }

  /** @throws Error for a link that is not open */
  get(name: LinkName): TcpProxy {
    const proxy = this.proxies.get(name);
    if (proxy === undefined) throw new Error(`there is no link ${name}`);
    return proxy;
  }

  async close(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.close()));
  }
}
