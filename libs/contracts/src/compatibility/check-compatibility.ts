import { parseArgs } from 'node:util';
import { eventContracts } from '../event-contracts.js';
import { checkAgainstReleased } from './check-against-released.js';

/**
 * Fails when a released event has changed in a way that hurts anybody (see `incompatibilities`), or when the
 * snapshots do not record what the contracts say now; `--release` records it. Run from the repository's root.
 */
const { values } = parseArgs({ options: { release: { type: 'boolean', default: false } } });
const report = await checkAgainstReleased(
  'libs/contracts/released',
  Object.values(eventContracts),
  values.release,
);
for (const line of report.lines) console[report.ok ? 'log' : 'error'](line);
process.exitCode = report.ok ? 0 : 1;
