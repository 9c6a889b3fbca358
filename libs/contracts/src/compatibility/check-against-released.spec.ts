import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineEvent } from '../event-contract.js';
import { checkAgainstReleased } from './check-against-released.js';

const definition = {
  name: 'order.shipped',
  version: 1,
  producer: 'order',
  subject: 'order',
  description: 'The goods are on their way.',
  example: { orderId: '019aa5d0-3c8e-7a41-9b52-6f0d2e7c8a13' },
} as const;
const data = z.object({ orderId: z.uuid() });
const shipped = defineEvent({ ...definition, data });
const grown = defineEvent({
  ...definition,
  data: data.extend({ trackingNumber: z.string().max(40).optional() }),
});
const broken = defineEvent({ ...definition, data: data.partial() });
const sent = defineEvent({ ...definition, name: 'order.sent', data });

describe('the snapshots', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'released-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('of a new event are required, written, then accepted', async () => {
    expect(await checkAgainstReleased(folder, [shipped], false)).toEqual({
      ok: false,
      lines: ['order.shipped.v1: compatible, but its snapshot is not current. Record it with --release.'],
    });
    expect(await readdir(folder)).toEqual([]);
    expect(await checkAgainstReleased(folder, [shipped], true)).toEqual({
      ok: true,
      lines: ['order.shipped.v1: recorded.'],
    });
    expect(await readdir(folder)).toEqual(['order.shipped.v1.json']);
    expect((await checkAgainstReleased(folder, [shipped], false)).ok).toBe(true);
  });

  test('record an optional member, whose removal then fails', async () => {
    await checkAgainstReleased(folder, [shipped], true);
    expect((await checkAgainstReleased(folder, [grown], false)).ok).toBe(false);
    await checkAgainstReleased(folder, [grown], true);
    expect((await checkAgainstReleased(folder, [grown], false)).ok).toBe(true);
    expect((await checkAgainstReleased(folder, [shipped], false)).lines[0]).toContain(
      'trackingNumber: the property was removed',
    );
  });

  test('are never overwritten by an incompatible contract', async () => {
    await checkAgainstReleased(folder, [shipped], true);
    const before = await readFile(path.join(folder, 'order.shipped.v1.json'), 'utf8');
    expect((await checkAgainstReleased(folder, [broken, sent], true)).ok).toBe(false);
    expect(await readdir(folder)).toEqual(['order.shipped.v1.json']);
    expect(await readFile(path.join(folder, 'order.shipped.v1.json'), 'utf8')).toBe(before);
  });
});
