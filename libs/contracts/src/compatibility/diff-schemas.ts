import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../event-contract.js';

/** A difference between two schemas that affects consumers or producers of the other one. */
export interface SchemaChange {
  /** JSON Pointer of the changed keyword. */
  readonly pointer: string;
  readonly description: string;
  /** The messages or consumers that the change breaks. */
  readonly impact: string;
}

const REJECTS_OLD_MESSAGES = 'messages already in queues and dead letters would be rejected';
const REJECTED_BY_OLD_CONSUMERS = 'consumers on the released version would reject new messages';
const MISSED_BY_OLD_CONSUMERS = 'consumers on the released version may need it';
const AMBIGUOUS = 'old and new consumers may disagree on validity or meaning';

/** Keywords that do not affect validity. */
const ANNOTATIONS = new Set([
  '$schema',
  '$comment',
  'title',
  'description',
  'examples',
  'deprecated',
  'readOnly',
]);

const LOWER_BOUNDS = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const UPPER_BOUNDS = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);

/**
 * Every difference between two JSON Schemas, except new optional properties and annotations.
 *
 * Classifies the keywords that zod emits for plain data. Any other changed keyword is ambiguous, as are `pattern` and
 * `format`: it is undecidable here whether they became narrower.
 *
 * @param pointer JSON Pointer of the schemas, the prefix of the changes' pointers
 */
export function diffSchemas(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keywords]
    .filter((keyword) => !ANNOTATIONS.has(keyword) && !isDeepStrictEqual(before[keyword], after[keyword]))
    .flatMap((keyword) => diffKeyword(keyword, before, after, `${pointer}/${keyword}`));
}

function diffKeyword(
  keyword: string,
  before: JsonSchema,
  after: JsonSchema,
  pointer: string,
): SchemaChange[] {
  if (keyword === 'properties') return diffProperties(before, after, pointer);
  if (keyword === 'required') return diffRequired(before, after, pointer);
  if (keyword === 'enum') return diffEnum(before, after, pointer);
  const [old, now] = [before[keyword], after[keyword]];
  if (keyword === 'items' && isSchema(old) && isSchema(now)) return diffSchemas(old, now, pointer);
  const description = `${formatValue(old)} became ${formatValue(now)}`;
  return [{ pointer, description, impact: assessImpact(keyword, old, now) }];
}

/** A new property is no change here; a new required one is a change of `required`. */
function diffProperties(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const now = getProperties(after);
  return Object.entries(getProperties(before)).flatMap(([name, old]) => {
    const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const kept = Object.hasOwn(now, name) ? now[name] : undefined;
    if (kept) return diffSchemas(old, kept, place);
    return [{ pointer: place, description: 'the property was removed', impact: MISSED_BY_OLD_CONSUMERS }];
  });
}

function diffRequired(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const properties = getProperties(after);
  const [old, now] = [toList(before.required), toList(after.required)];
  return [
    ...valuesNotIn(old, now).map((name) => ({
      pointer,
      description: `${formatValue(name)} became required`,
      impact: REJECTS_OLD_MESSAGES,
    })),
    ...valuesNotIn(now, old)
      .filter((name) => Object.hasOwn(properties, String(name)))
      .map((name) => ({
        pointer,
        description: `${formatValue(name)} became optional`,
        impact: REJECTED_BY_OLD_CONSUMERS,
      })),
  ];
}

function diffEnum(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  if (!before.enum || !after.enum) {
    const impact = after.enum ? REJECTS_OLD_MESSAGES : REJECTED_BY_OLD_CONSUMERS;
    return [
      { pointer, description: `${formatValue(before.enum)} became ${formatValue(after.enum)}`, impact },
    ];
  }
  const [old, now] = [toList(before.enum), toList(after.enum)];
  return [
    ...valuesNotIn(now, old).map((value) => ({
      pointer,
      description: `the value ${formatValue(value)} was removed`,
      impact: REJECTS_OLD_MESSAGES,
    })),
    ...valuesNotIn(old, now).map((value) => ({
      pointer,
      description: `the value ${formatValue(value)} was added`,
      impact: REJECTED_BY_OLD_CONSUMERS,
    })),
  ];
}

function assessImpact(keyword: string, old: unknown, now: unknown): string {
  if (keyword === 'default') return AMBIGUOUS;
  if (old === undefined) return REJECTS_OLD_MESSAGES;
  if (now === undefined) return REJECTED_BY_OLD_CONSUMERS;
  if (LOWER_BOUNDS.has(keyword))
    return Number(now) > Number(old) ? REJECTS_OLD_MESSAGES : REJECTED_BY_OLD_CONSUMERS;
  if (UPPER_BOUNDS.has(keyword))
    return Number(now) < Number(old) ? REJECTS_OLD_MESSAGES : REJECTED_BY_OLD_CONSUMERS;
  if (old === 'number' && now === 'integer') return REJECTS_OLD_MESSAGES;
  if (old === 'integer' && now === 'number') return REJECTED_BY_OLD_CONSUMERS;
  return AMBIGUOUS;
}

function getProperties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function valuesNotIn(list: readonly unknown[], values: readonly unknown[]): unknown[] {
  return values.filter((value) => !list.includes(value));
}

function formatValue(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value);
}
