import { type EventContract, type JsonSchema, toJsonSchema } from '../event-contract.js';

/** The record of a released contract: every fact on which deployed producers and consumers rely. */
export interface ContractSnapshot {
  readonly type: string;
  readonly name: string;
  readonly version: number;
  readonly producer: string;
  readonly subject: string;
  /** JSON Schema of the event's data. */
  readonly data: JsonSchema;
}

/** The snapshot of a contract, equal to the one that its file contains. */
export function toSnapshot(contract: EventContract): ContractSnapshot {
  const { type, name, version, producer, subject } = contract;
  const snapshot = { type, name, version, producer, subject, data: toJsonSchema(contract) };
  return JSON.parse(JSON.stringify(snapshot)) as ContractSnapshot;
}
