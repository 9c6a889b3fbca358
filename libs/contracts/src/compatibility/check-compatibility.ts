import { parseArgs } from 'node:util';
import { eventContracts } from '../event-contracts.js';
import { checkAgainstReleased } from './check-against-released.js';

/**
 * Fails when a released event has an incompatible change (see `findIncompatibilities`), or when a snapshot is not current;
 * `--release` records the snapshots. Run it in the repository's root.
 */
const { values } = parseArgs({ options: { release: { type: 'boolean', default: false } } });
const report = await checkAgainstReleased(
  'libs/contracts/released',
  Object.values(eventContracts),
  values.release,
);
for (const line of report.lines) console[report.ok ? 'log' : 'error'](line);
process.exitCode = report.ok ? 0 : 1;
