import { createHash, timingSafeEqual } from 'node:crypto';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '#http';

/** Checks the bearer token of operators. Without a configured token it refuses every request. */
export class OperatorAccess {
  private readonly tokenDigest: Buffer | undefined;

  /** @param variable the environment variable of the token, named in the answer when it is not set */
  constructor(
    token: string | undefined,
    private readonly variable: string,
  ) {
    this.tokenDigest = token === undefined ? undefined : digest(token);
  }

  /** @throws ProblemException 401 for a missing or wrong token, 404 when no token is configured */
  check(authorization: string | undefined): void {
    if (!this.tokenDigest) throw disabled(this.variable);
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    // Digests have equal lengths: the duration of the comparison does not reveal the length of the token.
    if (token === undefined || !timingSafeEqual(digest(token), this.tokenDigest)) throw unauthorized();
  }
}

@Injectable()
class OperatorGuard implements CanActivate {
  constructor(private readonly access: OperatorAccess) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    this.access.check(headers.authorization);
    return true;
  }
}

/** Class decorator: every request to the controller must carry the token of operators; see {@link OperatorAccess}. */
export function ForOperators(): ClassDecorator {
  return applyDecorators(UseGuards(OperatorGuard), ApiTags('operators'), ApiBearerAuth());
}

/** The OpenAPI summary of a route that performs an action. */
export function summary({ description }: { readonly description: string }): { readonly summary: string } {
  return { summary: description.charAt(0).toUpperCase() + description.slice(1) };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(): ProblemException {
  return new ProblemException({
    status: 401,
    type: 'unauthorized',
    detail: 'This route requires the token of operators, as Authorization: Bearer ….',
    headers: { 'www-authenticate': 'Bearer realm="operators"' },
  });
}

function disabled(variable: string): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'operator-api-disabled',
    detail: `The REST interface for operators is off: ${variable} is not set.`,
  });
}
