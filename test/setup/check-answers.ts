import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { ProcessName } from '../../tools/client/api-types.js';
import { REPOSITORY_ROOT } from '../../tools/client/repository-root.js';
import type { Exchange } from '../../tools/client/shop-client.js';

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

type Paths = Readonly<
  Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
>;

interface Operation {
  readonly method: string;
  readonly pattern: RegExp;
  readonly responses: Readonly<Record<string, Response>>;
}

/** Statuses with which Fastify rejects a request to a path or with a method that the service does not have. */
const WITHOUT_OPERATION = new Set([400, 404, 405, 413, 414, 415, 422]);

/** The committed document of a process, which a spec holds equal to the schemas of its handlers. */
class CheckedDocument {
  readonly operations: readonly Operation[];
  private readonly components: Readonly<Record<string, Response>>;
  private readonly definitions: object;
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  private readonly validators = new Map<object, ValidateFunction>();

  constructor(process: ProcessName) {
    const file = join(REPOSITORY_ROOT, `docs/reference/openapi/${process}.json`);
    const document = refuseUnknownMembers(JSON.parse(readFileSync(file, 'utf8'))) as {
      readonly paths: Paths;
      readonly components: {
        readonly responses: Readonly<Record<string, Response>>;
        readonly schemas: object;
      };
    };
    addFormats.default(this.ajv);
    this.components = document.components.responses;
    this.definitions = document.components.schemas;
    this.operations = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { responses }]) => ({
        method: method.toUpperCase(),
        pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
        responses,
      })),
    );
  }

  /** The response itself, or the component to which it refers. */
  resolve({ $ref, ...response }: Response): Response {
    return $ref === undefined ? response : this.components[$ref.split('/').at(-1)!]!;
  }

  /** The faults of a body; undefined without any. */
  findFaults(schema: object, body: unknown): string | undefined {
    const standalone = JSON.stringify({ ...schema, $defs: this.definitions });
    const text = standalone.replaceAll('"#/components/schemas/', '"#/$defs/');
    const validate = this.validators.get(schema) ?? this.ajv.compile(JSON.parse(text) as object);
    this.validators.set(schema, validate);
    return validate(body) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: 'body' });
  }
}

/** The documents allow later releases to add members; a member that the current one does not have is a fault. */
function refuseUnknownMembers(value: unknown, isPartOfAllOf = false): unknown {
  if (Array.isArray(value)) return value.map((each) => refuseUnknownMembers(each, isPartOfAllOf));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [
    name,
    refuseUnknownMembers(each, name === 'allOf'),
  ]);
  const isObject = 'properties' in value && 'type' in value && !('additionalProperties' in value);
  return {
    ...(Object.fromEntries(entries) as object),
    ...(isObject && !isPartOfAllOf && { additionalProperties: false }),
  };
}

const documents = new Map<ProcessName, CheckedDocument>();

/** Asserts that the OpenAPI document of the process describes the response: status, headers and body. */
export function checkAnswer(exchange: Exchange): void {
  const { process, method, path, status } = exchange;
  try {
    const document = documents.get(process) ?? new CheckedDocument(process);
    documents.set(process, document);
    check(exchange, document);
  } catch (error) {
    const name = `${method} ${path} of ${process} responds with ${status}`;
    throw new Error(`${name}, against its OpenAPI document: ${(error as Error).message}`, { cause: error });
  }
}

/** HEAD has the operation of GET. */
function check({ method, path, status, headers, body }: Exchange, document: CheckedDocument): void {
  const wanted = method === 'HEAD' ? 'GET' : method;
  const pathname = path.split('?')[0] ?? '';
  const operation = document.operations.find((one) => one.method === wanted && one.pattern.test(pathname));
  assert(headers.has('x-correlation-id'), 'the header X-Correlation-Id is missing');
  if (status >= 400 && method !== 'HEAD') checkProblem(status, headers, body);
  if (!operation) return assert(isUndescribed(pathname, status), 'the document has no such operation');
  const described = operation.responses[status];
  assert(described, `the document has only ${Object.keys(operation.responses).join(', ')}`);
  const response = document.resolve(described);
  if (status < 400) {
    for (const name of Object.keys(response.headers ?? {})) assert(headers.has(name), `no header ${name}`);
  }
  if (method === 'HEAD') return;
  const [mediaType = '', content] = Object.entries(response.content ?? {})[0] ?? [];
  const actual = headers.get('content-type') ?? '';
  assert(actual.startsWith(mediaType), `the body is ${actual}, not ${mediaType}`);
  const faults = content ? document.findFaults(content.schema, body) : body && 'the body is not empty';
  assert(!faults, String(faults));
}

/** The pages of the documentation are no operations. */
function isUndescribed(pathname: string, status: number): boolean {
  return WITHOUT_OPERATION.has(status) || pathname.startsWith('/docs');
}

function checkProblem(status: number, headers: Headers, body: unknown): void {
  assert.equal(headers.get('content-type'), 'application/problem+json');
  const problem = body as { readonly status: number; readonly instance: string };
  assert.equal(problem.status, status);
  assert.equal(problem.instance, `urn:correlation-id:${headers.get('x-correlation-id')}`);
}
