import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ContractSnapshot, toSnapshot } from './contract-snapshot.js';
import type { EventContract } from '../event-contract.js';
import { findIncompatibilities } from './find-incompatibilities.js';

export interface CompatibilityReport {
  /** Whether the contracts are compatible with what was released, and nothing is left to be recorded. */
  readonly ok: boolean;
  /** For people: what was found or done, and what to do next. */
  readonly lines: readonly string[];
}

/**
 * Compares contracts with the snapshots in a folder, `<type>.json` each.
 *
 * @param release writes the snapshot of every contract that is new, or has compatibly grown, since it was recorded.
 *   Nothing is written while anything is incompatible.
 */
export async function checkAgainstReleased(
  folder: string,
  contracts: readonly EventContract[],
  release: boolean,
): Promise<CompatibilityReport> {
  const released = await readSnapshots(folder);
  const current = contracts.map(toSnapshot);
  const broken = findIncompatibilities(released, current);
  if (broken.length > 0) return { ok: false, lines: broken };

  const unrecorded = current.filter((snapshot) => !released.some((one) => isDeepStrictEqual(one, snapshot)));
  if (release) {
    for (const snapshot of unrecorded) await writeSnapshot(folder, snapshot);
    return { ok: true, lines: unrecorded.map(({ type }) => `${type}: recorded.`) };
  }
  if (unrecorded.length > 0) {
    const lines = unrecorded.map(
      ({ type }) => `${type}: compatible, but not what is recorded of it. Record it with --release.`,
    );
    return { ok: false, lines };
  }
  return { ok: true, lines: [`All ${current.length} events are as they were released.`] };
}

async function readSnapshots(folder: string): Promise<ContractSnapshot[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts.map((text) => JSON.parse(text) as ContractSnapshot);
}

async function writeSnapshot(folder: string, snapshot: ContractSnapshot): Promise<void> {
  await writeFile(path.join(folder, `${snapshot.type}.json`), `${JSON.stringify(snapshot, null, 2)}\n`);
}
