import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

const LINK_LIFETIME_MS = 15 * 60_000;
const SESSION_IDLE_MS = 12 * 3_600_000;
const SESSIONS_MAX = 20;
const COOKIE = 'console_session';

/** A request that the console refuses; the message says the remedy. */
export class AccessError extends Error {
  override readonly name = 'AccessError';

  constructor(
    readonly status: 401 | 403 | 421,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Decides who may use the console. A one-time link starts a session, and the session's cookie is required by every other
 * route. Only the newest link is valid, once, for 15 minutes. Links and sessions are in memory: they end with the process.
 */
export class Access {
  private link: { readonly digest: Buffer; readonly expiresAt: number } | undefined;
  private readonly sessions = new Map<string, number>();

  /**
   * @param hosts accepted `Host` headers: the addresses under which browsers reach the console
   * @param now the clock, in ms
   */
  constructor(
    private readonly hosts: () => readonly string[],
    private readonly now: () => number = Date.now,
  ) {}

  /** Creates a one-time link and invalidates the previous one. @returns its path */
  createLink(): string {
    const token = randomBytes(24).toString('base64url');
    this.link = { digest: digest(token), expiresAt: this.now() + LINK_LIFETIME_MS };
    return `/open/${token}`;
  }

  /** Exchanges the token of a link for the `Set-Cookie` header of a session; undefined when the token is not valid. */
  openSession(token: string): string | undefined {
    const { link } = this;
    if (!link || link.expiresAt < this.now() || !timingSafeEqual(link.digest, digest(token)))
      return undefined;
    this.link = undefined;
    const id = randomBytes(32).toString('base64url');
    const [oldest] = this.sessions.keys();
    if (this.sessions.size >= SESSIONS_MAX && oldest !== undefined) this.sessions.delete(oldest);
    this.sessions.set(id, this.now());
    return `${COOKIE}=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_IDLE_MS / 1_000}`;
  }

  /**
   * Checks `Host` and `Origin`. A page of another origin cannot pass: DNS rebinding changes `Host`, and a cross-site request
   * has a foreign `Origin`.
   *
   * @throws AccessError
   */
  checkOrigin({ headers, method }: FastifyRequest): void {
    const { host = '', origin } = headers;
    if (!this.hosts().includes(host.toLowerCase()))
      throw new AccessError(
        421,
        `The console serves ${this.hosts()[0]}, not the host ${host.slice(0, 100)}.`,
      );
    const isRead = method === 'GET' || method === 'HEAD';
    if (origin === undefined && isRead) return;
    if (origin?.toLowerCase() === `http://${host.toLowerCase()}`) return;
    throw new AccessError(403, 'The request comes from a page of another origin.');
  }

  /** @throws AccessError 401 without the cookie of a live session */
  checkSession({ headers }: FastifyRequest): void {
    const id = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1] ?? '';
    const usedAt = this.sessions.get(id);
    if (usedAt === undefined || this.now() - usedAt > SESSION_IDLE_MS) {
      this.sessions.delete(id);
      throw new AccessError(
        401,
        'This browser has no session. Open the one-time link that the console has printed.',
      );
    }
    this.sessions.set(id, this.now());
  }
}

/** Headers of every response. `scriptHash` allows the import map, the only inline script. */
export function addSecurityHeaders(reply: FastifyReply, scriptHash: string): void {
  void reply.headers({
    'content-security-policy':
      `default-src 'self'; script-src 'self' '${scriptHash}'; object-src 'none'; base-uri 'none'; ` +
      `form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  });
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
