import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { ProblemException, type ProblemError } from './problem.js';
import { httpProblems } from './request-problems.js';

/** Limits the response to a body with thousands of faults. */
const ERRORS_MAX = 100;

type Schema = NonNullable<ArgumentMetadata['schema']>;
type Result = Awaited<ReturnType<Schema['~standard']['validate']>>;
type Issue = NonNullable<Result['issues']>[number];

/**
 * Validates the values of `@Body({ schema })`, `@Query({ schema })` and `@Param('id', { schema })`, and passes the output of
 * the schema to the handler. Use `z.strictObject`, so that an unknown member is a fault.
 *
 * @throws ProblemException with up to 100 faults and their places: 422 for a body, 400 for the path, the query or a
 * missing body
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  /** Returns the output of the schema, as a promise if the schema is asynchronous. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (!metadata.schema) return value;
    if (metadata.type === 'body' && value === undefined) {
      throw new ProblemException({
        type: httpProblems.bodyMissing,
        detail: 'This request needs a JSON body.',
        errors: [{ pointer: '#', detail: 'is missing' }],
      });
    }
    const result = metadata.schema['~standard'].validate(value);
    return result instanceof Promise
      ? result.then((settled) => unwrapResult(settled, metadata))
      : unwrapResult(result, metadata);
  }
}

/** The output of the schema. @throws ProblemException with the issues of the schema */
function unwrapResult(result: Result, metadata: ArgumentMetadata): unknown {
  if (!result.issues) return result.value;
  const errors = result.issues.flatMap((issue) => toProblemErrors(issue, metadata)).slice(0, ERRORS_MAX);
  throw metadata.type === 'body'
    ? new ProblemException({
        type: httpProblems.invalidBody,
        detail: `${errors.length} of its values cannot be used.`,
        errors,
      })
    : new ProblemException({ type: httpProblems.invalidParameters, errors });
}

/** One error per fault: zod reports all unknown members of an object as one issue with `keys`. */
function toProblemErrors(issue: Issue, { type, data }: ArgumentMetadata): ProblemError[] {
  const path = (issue.path ?? []).map((segment) =>
    String(typeof segment === 'object' ? segment.key : segment),
  );
  const unknown = 'keys' in issue && Array.isArray(issue.keys) ? (issue.keys as string[]) : undefined;
  const faults = unknown
    ? unknown.map((key) => ({ path: [...path, key], detail: 'is not a known member' }))
    : [{ path, detail: issue.message }];
  return faults.map((fault) =>
    type === 'body'
      ? { pointer: `#${encodeURI(fault.path.map(toReferenceToken).join(''))}`, detail: fault.detail }
      : { parameter: data ?? fault.path.join('.'), detail: fault.detail },
  );
}

/** A reference token of a JSON pointer, RFC 6901. */
function toReferenceToken(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
