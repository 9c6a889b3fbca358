import type { OpenApiDocument } from '#http';

type Node = Readonly<Record<string, unknown>>;

/** A document with the place of its components, which references name. */
interface Side {
  readonly document: OpenApiDocument;
}

/** Requests that a released client sends must be accepted; responses must have the members that it reads. */
type Direction = 'request' | 'response';

const REMEDY = 'Keep it, and add the new form beside it under another name or path';

/**
 * Finds changes that break a client of the released document: a removed operation, parameter or response member, a new
 * requirement of a request, a narrower value of a request, another type. Additions are compatible: requests need not
 * have a new optional member, and clients ignore members of responses that they do not know.
 *
 * @returns one line per change with the operation, the place and the remedy; empty if all are compatible
 */
export function findBreakingChanges(released: OpenApiDocument, current: OpenApiDocument): string[] {
  return Object.entries(released.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, before]) => {
      const after = current.paths[path]?.[method];
      const changes = after
        ? new Comparison({ document: released }, { document: current }).compareOperations(before, after)
        : ['the operation was removed'];
      return changes.map((change) => `${method.toUpperCase()} ${path}: ${change}. ${REMEDY}.`);
    }),
  );
}

class Comparison {
  constructor(
    private readonly released: Side,
    private readonly current: Side,
  ) {}

  compareOperations(before: Node, after: Node): string[] {
    const changes: string[] = [];
    if (before['operationId'] !== after['operationId']) {
      changes.push(`operationId ${String(before['operationId'])} became ${String(after['operationId'])}`);
    }
    const admitted = JSON.stringify(after['security']);
    for (const requirement of list(before['security'])) {
      if (admitted !== '[]' && !admitted.includes(JSON.stringify(requirement)))
        changes.push(`callers with ${JSON.stringify(requirement)} are no longer admitted`);
    }
    if (list(before['security']).length === 0 && admitted !== '[]')
      changes.push('callers without a token are no longer admitted');
    return [
      ...changes,
      ...this.compareParameters(list(before['parameters']), list(after['parameters'])),
      ...this.compareBodies(node(before['requestBody']), node(after['requestBody'])),
      ...this.compareResponses(node(before['responses']), node(after['responses'])),
    ];
  }

  private compareParameters(before: readonly Node[], after: readonly Node[]): string[] {
    const find = (parameters: readonly Node[], { name, in: place }: Node) =>
      parameters.find((one) => one['name'] === name && one['in'] === place);
    const added = after
      .filter((parameter) => parameter['required'] === true && find(before, parameter)?.['required'] !== true)
      .map(({ name }) => `the parameter ${String(name)} is newly required`);
    const changed = before.flatMap((parameter) => {
      const name = `the parameter ${String(parameter['name'])}`;
      const now = find(after, parameter);
      if (!now) return [`${name} was removed`];
      return this.compareSchemas(node(parameter['schema']), node(now['schema']), 'request', name);
    });
    return [...added, ...changed];
  }

  private compareBodies(before: Node, after: Node): string[] {
    const [old, now] = [getContent(before), getContent(after)];
    if (!old && now && after['required'] === true) return ['the request needs a body'];
    if (!old) return [];
    return now ? this.compareSchemas(old, now, 'request', '#') : ['the request body was removed'];
  }

  /** Only successes: clients handle problems by their type, and each new type is one of RFC 9457. */
  private compareResponses(before: Node, after: Node): string[] {
    return Object.entries(before)
      .filter(([status]) => Number(status) < 400)
      .flatMap(([status, response]) => {
        const now = after[status];
        if (!now) return [`the response ${status} was removed`];
        const missing = Object.keys(node(node(response)['headers'])).filter(
          (name) => !(name in node(node(now)['headers'])),
        );
        const headers = missing.map((name) => `the header ${name} of ${status} was removed`);
        const [old, content] = [getContent(node(response)), getContent(node(now))];
        if (!old) return headers;
        if (!content) return [...headers, `the body of ${status} was removed`];
        return [...headers, ...this.compareSchemas(old, content, 'response', `${status}#`)];
      });
  }

  private compareSchemas(old: Node, now: Node, direction: Direction, at: string): string[] {
    const before = resolve(old, this.released);
    const after = resolve(now, this.current);
    if (hasOtherTypes(before, after, direction))
      return [`${at}: ${describe(before)} became ${describe(after)}`];
    return [
      ...this.compareMembers(before, after, direction, at),
      ...this.compareAlternatives(list(before['anyOf']), list(after['anyOf']), direction, at),
      ...('items' in before && 'items' in after
        ? this.compareSchemas(node(before['items']), node(after['items']), direction, `${at}/items`)
        : []),
      ...(direction === 'request' ? compareValues(before, after, at) : []),
    ];
  }

  private compareMembers(before: Node, after: Node, direction: Direction, at: string): string[] {
    const [old, now] = [node(before['properties']), node(after['properties'])];
    const [wasRequired, isRequired] = [list(before['required']), list(after['required'])] as unknown[][];
    const isStricter = (name: string): boolean =>
      direction === 'request'
        ? isRequired!.includes(name) && !wasRequired!.includes(name)
        : name in now && wasRequired!.includes(name) && !isRequired!.includes(name);
    const names = direction === 'request' ? Object.keys(now) : Object.keys(old);
    const word = direction === 'request' ? 'newly required' : 'no longer always present';
    return [
      ...names.filter(isStricter).map((name) => `${at}/${name} is ${word}`),
      ...Object.entries(old).flatMap(([name, schema]) =>
        name in now
          ? this.compareSchemas(node(schema), node(now[name]), direction, `${at}/${name}`)
          : [`${at}/${name} was removed`],
      ),
    ];
  }

  /** Alternatives keep their order: `nullable()` adds null as the last one. */
  private compareAlternatives(
    before: readonly Node[],
    after: readonly Node[],
    direction: Direction,
    at: string,
  ): string[] {
    const breaks = direction === 'request' ? after.length < before.length : after.length > before.length;
    if (breaks) return [`${at} has ${after.length} alternatives instead of ${before.length}`];
    return before.flatMap((schema, index) =>
      after[index] ? this.compareSchemas(schema, after[index], direction, at) : [],
    );
  }
}

/** Values that a released client may send, and the current service refuses. */
function compareValues(before: Node, after: Node, at: string): string[] {
  const refused = list(before['enum']).filter((value) => !list(after['enum']).includes(value));
  const lower = ['maximum', 'maxLength', 'maxItems'].filter(
    (bound) => Number(after[bound] ?? Infinity) < Number(before[bound] ?? Infinity),
  );
  const higher = ['minimum', 'minLength', 'minItems'].filter(
    (bound) => Number(after[bound] ?? -Infinity) > Number(before[bound] ?? -Infinity),
  );
  const patterns = after['pattern'] !== undefined && after['pattern'] !== before['pattern'];
  return [
    ...('enum' in after && !('enum' in before) ? [`${at} accepts fewer values`] : []),
    ...('enum' in after ? refused.map((value) => `${at} no longer accepts ${JSON.stringify(value)}`) : []),
    ...[...lower, ...higher].map((bound) => `${at}: ${bound} is narrower: ${String(after[bound])}`),
    ...(patterns ? [`${at}: the pattern became ${String(after['pattern'])}`] : []),
  ];
}

function resolve(schema: Node, { document }: Side): Node {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1)! : undefined;
  if (name === undefined) return schema;
  return node(node(node(document['components'])['schemas'])[name]);
}

/** The schema of the only content of a body or a response. */
function getContent(part: Node): Node | undefined {
  const [content] = Object.values(node(part['content']));
  return content === undefined ? undefined : node(node(content)['schema']);
}

/** A request may accept further types, and a response may lose one. */
function hasOtherTypes(before: Node, after: Node, direction: Direction): boolean {
  const [old, now] = [typesOf(before), typesOf(after)];
  return direction === 'request'
    ? !old.every((type) => now.includes(type))
    : !now.every((type) => old.includes(type));
}

function typesOf({ type = 'any' }: Node): readonly unknown[] {
  return [type].flat();
}

function describe(schema: Node): string {
  return typesOf(schema).join(' or ');
}

function node(value: unknown): Node {
  return (value ?? {}) as Node;
}

function list(value: unknown): readonly Node[] {
  return (value ?? []) as readonly Node[];
}
