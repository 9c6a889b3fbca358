import { type AccessKey, issueToken, type Scope } from '#access';

const REUSED_FOR_MS = 6 * 3_600_000;

/** Signs tokens with the access key of a local shop, and reuses each for 6 h of its 12. */
export class TokenSource {
  private readonly issued = new Map<string, { readonly token: Promise<string>; readonly until: number }>();

  constructor(private readonly key: AccessKey) {}

  /** A token of `sub` with these scopes. Default: a customer's. */
  get(sub: string, scopes: readonly Scope[] = ['shop']): Promise<string> {
    const name = JSON.stringify([sub, scopes]);
    const found = this.issued.get(name);
    if (found && Date.now() < found.until) return found.token;
    const token = issueToken(this.key, { sub, scopes });
    this.issued.set(name, { token, until: Date.now() + REUSED_FOR_MS });
    return token;
  }
}
