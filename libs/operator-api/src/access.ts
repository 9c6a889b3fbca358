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

/** Who may come in as an operator: whoever has the token. Without one, nobody. */
export class OperatorAccess {
  private readonly tokenDigest: Buffer | undefined;

  /** @param variable where the token is set, for whoever finds the interface off */
  constructor(
    token: string | undefined,
    private readonly variable: string,
  ) {
    this.tokenDigest = token === undefined ? undefined : digest(token);
  }

  /** @throws ProblemException 401, or 404 where there is no token */
  check(authorization: string | undefined): void {
    if (!this.tokenDigest) throw disabled(this.variable);
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    // Digests have one length, so that the time taken tells nothing of the token, not even how long it is.
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

/** A controller for operators alone: every request must carry their token. */
export function ForOperators(): ClassDecorator {
  return applyDecorators(UseGuards(OperatorGuard), ApiTags('operators'), ApiBearerAuth());
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unauthorized(): ProblemException {
  return new ProblemException({
    status: 401,
    type: 'unauthorized',
    detail: 'This needs the operators’ token, as Authorization: Bearer ….',
    headers: { 'www-authenticate': 'Bearer realm="operators"' },
  });
}

function disabled(variable: string): ProblemException {
  return new ProblemException({
    status: 404,
    type: 'operator-api-disabled',
    detail: `The operators’ interface is off: ${variable} is not set.`,
  });
}
