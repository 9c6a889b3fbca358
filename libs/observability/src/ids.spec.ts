import { expect, test } from 'vitest';
import { validate, version } from 'uuid';
import { newId, newTraceparent } from './ids.js';

test('ids are unique UUIDs v7 that grow with time', async () => {
  const ids = Array.from({ length: 2_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect([validate(id), version(id)]).toEqual([true, 7]);
  const last = ids.reduce((greatest, id) => (id > greatest ? id : greatest));
  await expect.poll(() => newId() > last).toBe(true);
});

test('traceparents are unique and well-formed', () => {
  const all = Array.from({ length: 2_000 }, newTraceparent);
  expect(new Set(all).size).toBe(all.length);
  for (const traceparent of all) expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});
