import { readFileSync } from 'node:fs';
import { credentials } from 'amqplib';

/** Socket options that amqplib does not read from the URL itself, or reads wrongly. */
export interface BrokerUrlOptions {
  /** Trusted certificates in PEM, instead of those that Node.js trusts. Default: those that Node.js trusts. */
  readonly ca?: string;
  /** User and password of the URL. amqplib decodes its escapes as Latin-1, so `密` would be refused. Default `guest`. */
  readonly credentials?: ReturnType<typeof credentials.plain>;
}

/**
 * Options for `connect` of amqplib; pass them with every broker URL. `cacertfile` is a parameter of RabbitMQ's URI
 * specification: `amqps://…?cacertfile=/certs/ca.pem` trusts the certificates of that file only. The certificate and the
 * host name of an `amqps` server are always verified.
 *
 * @throws Error with the file's path, when the file cannot be read
 */
export function brokerUrlOptions(url: string): BrokerUrlOptions {
  const { username, password, searchParams } = new URL(url);
  const login =
    username === '' && password === ''
      ? {}
      : { credentials: credentials.plain(decodeURIComponent(username), decodeURIComponent(password)) };
  const path = searchParams.get('cacertfile');
  if (path === null) return login;
  try {
    return { ...login, ca: readFileSync(path, 'utf8') };
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
