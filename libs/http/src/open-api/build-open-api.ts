import { z } from 'zod';
import { problemTypeOfStatus, type ProblemType, problemTypeUrn } from '../problem-type.js';
import { httpProblems, jsonProblems } from '../request-problems.js';
import { type Answer, type ResponseHeader, responseHeaders } from './answer.js';
import { SchemaConverter } from './json-schema.js';
import type { DescribedOperation } from './operation.js';

/** An OpenAPI 3.1 document, as plain data. https://spec.openapis.org/oas/v3.1.1.html */
export type OpenApiDocument = Readonly<Record<string, unknown>> & {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
};

/** An operation of a document, as plain data. */
export type OpenApiOperation = Readonly<Record<string, unknown>>;

/** Schema of problem details, RFC 9457. A type of problem may add members. */
export const problemSchema = z
  .looseObject({
    type: z
      .string()
      .describe('The kind of problem, for programs: the last part is its anchor in docs/reference/errors.md'),
    title: z.string().describe('The kind of problem, for people'),
    status: z.int().min(400).max(599),
    detail: z.string().optional().describe('This occurrence'),
    instance: z.string().optional().describe('The request, by its correlation id'),
    errors: z
      .array(
        z.strictObject({
          pointer: z
            .string()
            .optional()
            .describe('A place in the body, as a JSON pointer: #/lines/0/quantity'),
          parameter: z.string().optional().describe('The name of a parameter of the path or the query'),
          header: z.string().optional().describe('The name of a header'),
          detail: z.string(),
        }),
      )
      .optional()
      .describe('Every fault of the request, at most 100'),
  })
  .meta({ id: 'ProblemDetails', description: 'Problem details, RFC 9457' });

/** Headers that problems of a status may have. */
const PROBLEM_HEADERS: Readonly<Record<number, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  403: ['WWW-Authenticate'],
  409: ['Retry-After'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/**
 * Builds the document of operations. Parameters, bodies and their problems come from the handlers' schemas; `security`,
 * 401, 403 and 429 from their doors.
 */
export function buildOpenApi(
  about: { readonly title: string; readonly description: string },
  operations: readonly DescribedOperation[],
): OpenApiDocument {
  const schemas = new SchemaConverter();
  const problems = new ProblemResponses();
  schemas.convert(problemSchema, 'response');
  const paths: Record<string, Record<string, OpenApiOperation>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = buildOperation(operation, schemas, problems);
  }
  return {
    openapi: '3.1.1',
    info: { ...about, version: '1', license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/' }],
    paths,
    components: {
      headers: usedHeaders([paths, problems.components]),
      responses: problems.components,
      schemas: schemas.components,
      ...(operations.some(({ door }) => door !== 'public') && { securitySchemes }),
    },
  };
}

/** One scheme: the token. Its scopes are in `security` of each operation, of which a caller needs one. */
const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JWT. An operation requires one of the scopes in its `security`.',
  },
};

/** Redocly refuses components to which nothing refers. */
function usedHeaders(parts: unknown): object {
  const text = JSON.stringify(parts);
  const used = Object.entries(responseHeaders).filter(([name]) =>
    text.includes(`"#/components/headers/${name}"`),
  );
  return Object.fromEntries(used);
}

/** Every problem that an operation can respond with: its own, and those of its caller, parameters and body. */
export function listProblems(operation: DescribedOperation): readonly ProblemType[] {
  const { method, bodySchema, problems = [], doorProblems, requestHeaders } = operation;
  const isReadingBodies = method !== 'GET';
  return [
    ...new Set([
      ...problems,
      ...doorProblems,
      ...[400, 415, 500, 503].map(problemTypeOfStatus),
      httpProblems.invalidParameters,
      httpProblems.cardNumberRejected,
      ...(requestHeaders.some(({ name }) => name === 'Idempotency-Key')
        ? [httpProblems.keyMissing, httpProblems.keyInvalid]
        : []),
      ...(isReadingBodies ? [problemTypeOfStatus(413), ...Object.values(jsonProblems)] : []),
      ...(bodySchema ? [httpProblems.bodyMissing, httpProblems.invalidBody] : []),
    ]),
  ].toSorted((a, b) => a.status - b.status);
}

/** The first part of the path that is no version is the tag: `/v1/ledger` has the tag `ledger`. */
function buildOperation(
  operation: DescribedOperation,
  schemas: SchemaConverter,
  problems: ProblemResponses,
): OpenApiOperation {
  const { id, summary, description, path, door, bodySchema, answers } = operation;
  const tag = path.split('/').find((part) => part !== '' && !/^v\d+$/.test(part));
  const parameters = [...pathParameters(operation, schemas), ...queryParameters(operation, schemas)];
  return {
    operationId: id,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    security: door === 'public' ? [] : door.map((scope) => ({ bearer: [scope] })),
    parameters: [...parameters, ...operation.requestHeaders.map((header) => ({ ...header, in: 'header' }))],
    ...(bodySchema && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: schemas.convert(bodySchema, 'request') } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, each]) => [status, buildAnswer(each, schemas)]),
      ),
      ...problems.refer(listProblems(operation)),
    },
  };
}

/** A success response; without a schema it has no body. */
function buildAnswer(
  { description, schema, mediaType, headers, example }: Answer<unknown>,
  schemas: SchemaConverter,
) {
  return {
    description,
    headers: refer(['X-Correlation-Id', ...headers]),
    ...(schema && { content: { [mediaType]: { schema: schemas.convert(schema, 'response'), example } } }),
  };
}

/** The responses with problems; operations with the same problems of a status share one. */
class ProblemResponses {
  /** By name: `Problem404`, `Problem404_2`, … */
  readonly components: Record<string, object> = {};
  private readonly names = new Map<string, string>();

  /** References by status. */
  refer(problems: readonly ProblemType[]): Record<string, object> {
    const statuses = [...new Set(problems.map(({ status }) => status))];
    return Object.fromEntries(
      statuses.map((status) => {
        const name = this.name(
          status,
          problems.filter((problem) => problem.status === status),
        );
        return [String(status), { $ref: `#/components/responses/${name}` }];
      }),
    );
  }

  private name(status: number, types: readonly ProblemType[]): string {
    const key = types.map(({ slug }) => slug).join();
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const count = Object.keys(this.components).filter((name) => name.startsWith(`Problem${status}`)).length;
    const name = `Problem${status}${count === 0 ? '' : `_${count + 1}`}`;
    this.names.set(key, name);
    this.components[name] = buildProblem(status, types);
    return name;
  }
}

/** A response with any of these problems, all of one status. `type` is one of their URNs. */
function buildProblem(status: number, types: readonly ProblemType[]): object {
  const urns = types.map(problemTypeUrn);
  return {
    description: types.map(({ slug, title }) => `${slug}: ${title}.`).join(' '),
    headers: refer(['X-Correlation-Id', ...(PROBLEM_HEADERS[status] ?? [])]),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [{ $ref: '#/components/schemas/ProblemDetails' }, { properties: { type: { enum: urns } } }],
        },
        example: { type: urns[0], title: types[0]!.title, status },
      },
    },
  };
}

/** References to components, so that each header is described once. */
function refer(headers: readonly ResponseHeader[]): Record<string, object> {
  return Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** In the order of the path. A parameter without a schema is any text. */
function pathParameters({ path, pathSchemas }: DescribedOperation, schemas: SchemaConverter): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: pathSchemas[name] ? schemas.convert(pathSchemas[name], 'request') : { type: 'string' },
  }));
}

/** One parameter per member of the schema; its default makes it optional. */
function queryParameters({ querySchema }: DescribedOperation, schemas: SchemaConverter): object[] {
  if (!querySchema) return [];
  const { properties = {}, required = [] } = schemas.convert(querySchema, 'request') as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}
