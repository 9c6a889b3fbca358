/** RabbitMQ's management API cannot be reached, or responds with an error status. */
export class ManagementApiUnavailableError extends Error {
  override readonly name = 'ManagementApiUnavailableError';
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Reads RabbitMQ's management API (HTTP) for one virtual host. AMQP has no way to list queues, bindings or consumers.
 * Counts are up to 5 s old. Each request times out after 10 s.
 */
export class ManagementApi {
  private readonly baseUrl: string;
  private readonly authorization: string;
  private readonly vhost: string;

  /**
   * @param managementUrl `http://user:password@host:port`; without credentials those of `amqpUrl` are sent
   * @param amqpUrl has the virtual host as its path; without a path it is `/`
   */
  constructor(managementUrl: string, amqpUrl: string) {
    const api = new URL(managementUrl);
    const { username, password, pathname } = new URL(amqpUrl);
    const user = decodeURIComponent(api.username || username);
    const secret = decodeURIComponent(api.username ? api.password : password);
    this.baseUrl = api.origin + api.pathname.replace(/\/$/, '');
    this.authorization = `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
    this.vhost = pathname.length > 1 ? pathname.slice(1) : '%2F';
  }

  /**
   * All exchanges, queues, bindings or consumers of the virtual host, as RabbitMQ returns them.
   *
   * @throws ManagementApiUnavailableError
   */
  list<Item>(kind: 'exchanges' | 'queues' | 'bindings' | 'consumers'): Promise<Item[]> {
    return this.get<Item[]>(`/${kind}/${this.vhost}`);
  }

  /**
   * All connections to the virtual host.
   *
   * @throws ManagementApiUnavailableError
   */
  listConnections<Item>(): Promise<Item[]> {
    return this.get<Item[]>(`/vhosts/${this.vhost}/connections`);
  }

  private async get<Body>(path: string): Promise<Body> {
    try {
      const response = await fetch(`${this.baseUrl}/api${path}`, {
        headers: { authorization: this.authorization },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`GET ${path} returned ${response.status}`);
      return (await response.json()) as Body;
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? cause.message || cause.name : message;
      throw new ManagementApiUnavailableError(`management API unavailable: ${reason}`, {
        cause: error,
      });
    }
  }
}
