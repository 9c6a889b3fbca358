import { parseArgs } from 'node:util';
import { ProvisioningError } from '#runtime';

export interface Arguments {
  readonly help: boolean;
  /** Print a definitions file for RabbitMQ instead of provisioning. */
  readonly brokerDefinitions: boolean;
}

export const usage = `npm run provision [-- options]

Creates or updates broker users, queues, roles, databases, tables and permissions. It may run again at any time; run it
before each deployment. The PROVISION_… variables name the servers: docs/reference/configuration.md.

  --broker-definitions  only print a definitions file for RabbitMQ's load_definitions
  --help                print this text

Exit code: 0 provisioned; 1 a step failed, with the cause; 2 invalid arguments.
`;

/** Invalid arguments; the message names the argument. */
export class UsageError extends ProvisioningError {}

/** @throws UsageError */
export function readArguments(args: readonly string[]): Arguments {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { help, 'broker-definitions': brokerDefinitions } = parseArgs({
      args: [...args],
      options: { help: { ...flag, short: 'h' }, 'broker-definitions': flag },
    }).values;
    return { help, brokerDefinitions };
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`, { cause: error });
  }
}
