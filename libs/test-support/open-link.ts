import { onTestFinished } from 'vitest';

import { TcpProxy } from './tcp-proxy.js';

/** A link to the server of `url` that the test can break; closed when the test is over. */
export async function openLink(url: string): Promise<{ link: TcpProxy; url: string }> {
  const { hostname, port } = new URL(url);
  const link = await TcpProxy.listen({ host: hostname, port: Number(port) });
  onTestFinished(() => link.close());
  return { link, url: link.rewriteUrl(url) };
}
