import { readFileSync } from 'node:fs';

/** Socket options that amqplib does not read from the URL itself. */
export interface BrokerUrlOptions {
  /** Trusted certificates in PEM, instead of those that Node.js trusts. Default: those that Node.js trusts. */
  readonly ca?: string;
}

/**
 * Reads `cacertfile` from a broker URL, a parameter of RabbitMQ's URI specification: `amqps://…?cacertfile=/certs/ca.pem`
 * trusts the certificates of that file only. The certificate and the host name of an `amqps` server are always verified.
 *
 * @throws Error with the file's path, when the file cannot be read
 */
export function brokerUrlOptions(url: string): BrokerUrlOptions {
  const path = new URL(url).searchParams.get('cacertfile');
  if (path === null) return {};
  try {
    return { ca: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new Error(`cannot read the cacertfile of the broker URL: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** The broker user of the URL, `guest` without one. RabbitMQ rejects a publication with another `userId`. */
export function brokerUserFromUrl(url: string): string {
  return decodeURIComponent(new URL(url).username) || 'guest';
}
