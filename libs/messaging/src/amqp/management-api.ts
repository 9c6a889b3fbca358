/** The broker's management API cannot be asked, or refuses. */
export class ManagementApiUnavailableError extends Error {
  override readonly name = 'ManagementApiUnavailableError';
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * RabbitMQ's management API, for one virtual host. AMQP itself tells nobody which bindings there are. Numbers of it are
 * up to five seconds old.
 */
export class ManagementApi {
  private readonly baseUrl: string;
  private readonly authorization: string;
  private readonly vhost: string;

  /**
   * @param managementUrl `http://host:port`; credentials in it, or else those of `amqpUrl`
   * @param amqpUrl names the virtual host
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

  /** All exchanges, queues, bindings or consumers of the virtual host. @throws ManagementApiUnavailableError */
  list<Item>(kind: 'exchanges' | 'queues' | 'bindings' | 'consumers'): Promise<Item[]> {
    return this.get<Item[]>(`/${kind}/${this.vhost}`);
  }

  /** All connections to the virtual host. @throws ManagementApiUnavailableError */
  listConnections<Item>(): Promise<Item[]> {
    return this.get<Item[]>(`/vhosts/${this.vhost}/connections`);
  }

  private async get<Body>(path: string): Promise<Body> {
    try {
      const response = await fetch(`${this.baseUrl}/api${path}`, {
        headers: { authorization: this.authorization },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`${path}: it answered ${response.status}`);
      return (await response.json()) as Body;
    } catch (error) {
      const { message, cause } = error as Error;
      const reason = cause instanceof Error ? cause.message || cause.name : message;
      throw new ManagementApiUnavailableError(`the broker's management API cannot be asked: ${reason}`, {
        cause: error,
      });
    }
  }
}
