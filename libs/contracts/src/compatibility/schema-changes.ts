import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../event-contract.js';

/** A difference between two schemas that a reader or a writer of the other one can notice. */
export interface SchemaChange {
  readonly pointer: string;
  readonly what: string;
  /** Who is hurt, and how. */
  readonly harm: string;
}

const REFUSES_OLD = 'messages already in queues and dead letters would be refused';
const REFUSED_BY_OLD = 'consumers on the released version would refuse new messages';
const MISSED_BY_OLD = 'consumers on the released version may need it';
const UNCLEAR = 'old and new consumers may disagree on what is valid, or on what it means';

/** Keywords that say nothing about what is valid. */
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
 * Every difference between two JSON Schemas but a new optional property and the wording of annotations.
 *
 * Knows the keywords that zod writes for plain data. Any other one is reported when it differs, as are patterns and
 * formats, of which nobody can say in general whether they became narrower.
 *
 * @param pointer where the schemas are, for the pointers of the changes
 */
export function schemaChanges(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const keywords = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keywords]
    .filter((keyword) => !ANNOTATIONS.has(keyword) && !isDeepStrictEqual(before[keyword], after[keyword]))
    .flatMap((keyword) => keywordChanges(keyword, before, after, `${pointer}/${keyword}`));
}

function keywordChanges(
  keyword: string,
  before: JsonSchema,
  after: JsonSchema,
  pointer: string,
): SchemaChange[] {
  if (keyword === 'properties') return propertyChanges(before, after, pointer);
  if (keyword === 'required') return requiredChanges(before, after, pointer);
  if (keyword === 'enum') return enumChanges(before, after, pointer);
  const [old, now] = [before[keyword], after[keyword]];
  if (keyword === 'items' && isSchema(old) && isSchema(now)) return schemaChanges(old, now, pointer);
  const what = `${shown(old)} became ${shown(now)}`;
  return [{ pointer, what, harm: harmOf(keyword, old, now) }];
}

/** A property that is new is no change here; if old messages must have it, `required` has changed as well. */
function propertyChanges(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const now = propertiesOf(after);
  return Object.entries(propertiesOf(before)).flatMap(([name, old]) => {
    const place = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const kept = Object.hasOwn(now, name) ? now[name] : undefined;
    if (kept) return schemaChanges(old, kept, place);
    return [{ pointer: place, what: 'the property was removed', harm: MISSED_BY_OLD }];
  });
}

function requiredChanges(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  const properties = propertiesOf(after);
  const [old, now] = [listOf(before.required), listOf(after.required)];
  return [
    ...missingFrom(old, now).map((name) => ({
      pointer,
      what: `${shown(name)} became required`,
      harm: REFUSES_OLD,
    })),
    ...missingFrom(now, old)
      .filter((name) => Object.hasOwn(properties, String(name)))
      .map((name) => ({ pointer, what: `${shown(name)} became optional`, harm: REFUSED_BY_OLD })),
  ];
}

function enumChanges(before: JsonSchema, after: JsonSchema, pointer: string): SchemaChange[] {
  if (!before.enum || !after.enum) {
    const harm = after.enum ? REFUSES_OLD : REFUSED_BY_OLD;
    return [{ pointer, what: `${shown(before.enum)} became ${shown(after.enum)}`, harm }];
  }
  const [old, now] = [listOf(before.enum), listOf(after.enum)];
  return [
    ...missingFrom(now, old).map((value) => ({
      pointer,
      what: `the value ${shown(value)} was removed`,
      harm: REFUSES_OLD,
    })),
    ...missingFrom(old, now).map((value) => ({
      pointer,
      what: `the value ${shown(value)} was added`,
      harm: REFUSED_BY_OLD,
    })),
  ];
}

function harmOf(keyword: string, old: unknown, now: unknown): string {
  if (keyword === 'default') return UNCLEAR;
  if (old === undefined) return REFUSES_OLD;
  if (now === undefined) return REFUSED_BY_OLD;
  if (LOWER_BOUNDS.has(keyword)) return Number(now) > Number(old) ? REFUSES_OLD : REFUSED_BY_OLD;
  if (UPPER_BOUNDS.has(keyword)) return Number(now) < Number(old) ? REFUSES_OLD : REFUSED_BY_OLD;
  if (old === 'number' && now === 'integer') return REFUSES_OLD;
  if (old === 'integer' && now === 'number') return REFUSED_BY_OLD;
  return UNCLEAR;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function missingFrom(list: readonly unknown[], values: readonly unknown[]): unknown[] {
  return values.filter((value) => !list.includes(value));
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
