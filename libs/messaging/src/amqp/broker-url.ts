import { readFileSync } from 'node:fs';

/** The parts of a URL of a broker that amqplib leaves to us. */
export interface BrokerUrlOptions {
  /** Certificates that are trusted in the place of the system's, in PEM. */
  readonly ca?: string;
}

/**
 * What a URL says beside the address, in RabbitMQ's own words for it: `amqps://…?cacertfile=/certs/ca.pem` trusts that
 * file's certificates alone. An `amqps` URL is always verified, the host's name too; without the file, against the
 * authorities that Node.js trusts.
 *
 * @throws Error naming the file, when it cannot be read
 */
export function brokerUrlOptions(url: string): BrokerUrlOptions {
  const path = new URL(url).searchParams.get('cacertfile');
  if (path === null) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new Error(`cacertfile of the broker's URL cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The broker user a URL logs in as; what the broker expects in a message's `userId`. */
export function brokerUserFromUrl(url: string): string {
  return decodeURIComponent(new URL(url).username) || 'guest';
}
