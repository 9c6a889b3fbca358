import { z } from 'zod';

/** A JSON Schema 2020-12 of an OpenAPI document. */
export type Schema = Readonly<Record<string, unknown>>;

/**
 * Converts schemas to JSON Schema as it is sent, and collects the schemas with an id (`.meta({ id: 'Order' })`) under
 * their ids, to which the others refer.
 */
export class SchemaConverter {
  /** By id. */
  readonly components: Record<string, Schema> = {};

  /** @param direction of a response, unknown members are allowed: a later release may add some */
  convert(schema: z.ZodType, direction: 'request' | 'response'): Schema {
    // A schema with an id is converted to a reference only below another one.
    const converted = z.toJSONSchema(z.object({ schema }), {
      io: 'input',
      unrepresentable: 'any',
      override: ({ jsonSchema }) => simplify(jsonSchema, direction),
    });
    for (const [id, component] of Object.entries(converted.$defs ?? {})) {
      const { id: _, ...known } = rewriteReferences(component) as Record<string, unknown>;
      this.components[id] = known;
    }
    return rewriteReferences(converted.properties?.['schema']) as Schema;
  }
}

/** Formats that imply the patterns of zod. */
const FORMATS_WITHOUT_PATTERN = new Set(['date-time', 'uuid']);

/** Removes keywords that repeat a format or the range of safe integers, which generators turn into code. */
function simplify(schema: z.core.JSONSchema.BaseSchema, direction: 'request' | 'response'): void {
  if (direction === 'response' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (FORMATS_WITHOUT_PATTERN.has(schema.format ?? '')) delete schema.pattern;
  if (schema.pattern !== undefined) schema.pattern = toPortablePattern(schema.pattern);
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.examples?.length === 0) delete schema.examples;
}

/**
 * Generators in Python, Java and Go refuse `\p{…}`. A lone surrogate, category Cs, is no value of theirs: the class of
 * the control characters remains.
 */
function toPortablePattern(pattern: string): string {
  return pattern.replaceAll('\\p{Cs}', '').replaceAll('\\p{Cc}', '\\x00-\\x1f\\x7f-\\x9f');
}

/** zod refers to `$defs` of the schema, OpenAPI to the components of the document. */
function rewriteReferences(schema: unknown): unknown {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text);
}
