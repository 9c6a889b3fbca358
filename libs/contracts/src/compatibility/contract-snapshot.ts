import { type EventContract, type JsonSchema, toJsonSchema } from '../event-contract.js';

/** What is recorded of a contract when it is released: all that producers and consumers elsewhere rely on. */
export interface ContractSnapshot {
  readonly type: string;
  readonly name: string;
  readonly version: number;
  readonly producer: string;
  readonly subject: string;
  /** JSON Schema of the event's data. */
  readonly data: JsonSchema;
}

/** The snapshot as it would be read back from its file. */
export function toSnapshot(contract: EventContract): ContractSnapshot {
  const { type, name, version, producer, subject } = contract;
  const snapshot = { type, name, version, producer, subject, data: toJsonSchema(contract) };
  return JSON.parse(JSON.stringify(snapshot)) as ContractSnapshot;
}
