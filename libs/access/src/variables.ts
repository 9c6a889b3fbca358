import { text, url } from '#config';
import type { Log } from '#observability';
import { LOCAL_AUDIENCE, LOCAL_ISSUER } from './access-key.js';
import { fetchKeys, readKeysFromFile } from './key-source.js';
import { TokenVerifier } from './token-verifier.js';

/** The variables of identity, without the prefix of the app. Spread them into the schema of its configuration. */
export function accessVariables() {
  return {
    /** Required claim `iss` of tokens. Default: that of `ops token`. */
    ACCESS_ISSUER: text('the claim iss of tokens').default(LOCAL_ISSUER),
    /** Required member of the claim `aud`. Default: that of `ops token`. */
    ACCESS_AUDIENCE: text('the claim aud of tokens').default(LOCAL_AUDIENCE),
    /** Names of the claims with scopes, separated by spaces. Default `scope`. */
    ACCESS_SCOPES_CLAIM: text('names of claims').default('scope'),
    /** Path of a file with the public keys, a JWK set. */
    ACCESS_JWKS_FILE: text('the path of a JWK set').optional(),
    /** URL of the public keys of an identity provider, its `jwks_uri`. */
    ACCESS_JWKS_URL: url('http').optional(),
  };
}

/** The values of {@link accessVariables}, under camelCase names. */
export interface AccessConfig {
  readonly accessIssuer: string;
  readonly accessAudience: string;
  readonly accessScopesClaim: string;
  readonly accessJwksFile?: string | undefined;
  readonly accessJwksUrl?: string | undefined;
}

/**
 * The verifier of a service; undefined without keys, when every route that is not public answers 401.
 *
 * @throws Error when the file of keys cannot be used, or both sources are set
 */
export function createVerifier(config: AccessConfig, log: Log): TokenVerifier | undefined {
  const { accessJwksFile: file, accessJwksUrl: jwksUrl } = config;
  if (file !== undefined && jwksUrl !== undefined)
    throw new Error('ACCESS_JWKS_FILE and ACCESS_JWKS_URL are both set; set one of the two');
  if (file === undefined && jwksUrl === undefined) return undefined;
  return new TokenVerifier({
    keys: jwksUrl === undefined ? readKeysFromFile(file!, log) : fetchKeys(jwksUrl, { log }),
    issuer: config.accessIssuer,
    audience: config.accessAudience,
    scopesClaim: config.accessScopesClaim,
  });
}
