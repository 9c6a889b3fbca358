import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ContractSnapshot, toSnapshot } from './contract-snapshot.js';
import type { EventContract } from '../event-contract.js';
import { findIncompatibilities } from './find-incompatibilities.js';

/** The result of {@link checkAgainstReleased}. */
export interface CompatibilityReport {
  /** Whether the contracts are compatible with the released ones and every snapshot is current. */
  readonly ok: boolean;
  /** Lines to print: findings or recorded snapshots, and the remedy. */
  readonly lines: readonly string[];
}

/**
 * Compares contracts with their released snapshots, the files `<type>.json` in `folder`.
 *
 * @param release writes the snapshot of every contract that is new or has a new optional member; writes none while one
 *   contract is incompatible
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
      ({ type }) => `${type}: compatible, but its snapshot is not current. Record it with --release.`,
    );
    return { ok: false, lines };
  }
  return { ok: true, lines: [`All ${current.length} events equal their released snapshots.`] };
}

async function readSnapshots(folder: string): Promise<ContractSnapshot[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return texts.map((text) => JSON.parse(text) as ContractSnapshot);
}

async function writeSnapshot(folder: string, snapshot: ContractSnapshot): Promise<void> {
  await writeFile(path.join(folder, `${snapshot.type}.json`), `${JSON.stringify(snapshot, null, 2)}\n`);
}
