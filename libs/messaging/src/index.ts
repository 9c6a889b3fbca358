export { passiveDeclare } from './amqp/passive-declare.js';
export { applyTopology, TopologyConflictError } from './topology/apply-topology.js';
export type { BatchContext } from './consume/batch-handler.js';
export { brokerDefinitions, type BrokerUser, type Credentials } from './topology/broker-definitions.js';
export { ManagementApi, ManagementApiUnavailableError } from './amqp/management-api.js';
export {
  type BrokerPermissions,
  type BrokerPermissionsOptions,
  type BrokerRole,
  deriveBrokerPermissions,
} from './topology/broker-permissions.js';
export { brokerUrlOptions, brokerUserFromUrl } from './amqp/broker-url.js';
export { BrokerConnection, type BrokerConnectionOptions, type BrokerState } from './amqp/connection.js';
export {
  batchSettled,
  consumerPaused,
  messageRetried,
  messagesDeadLettered,
} from './consume/consumer-diagnostics.js';
export {
  crashMarkPrivileges,
  CreateCrashMarks1763700000005,
  pruneCrashMarks,
} from './consume/crash-marks.js';
export type { AddDeadLetters, DeadLetter } from './consume/dead-letter.js';
export { type BrokerUsers, createEventParser } from './consume/decode.js';
export {
  CONTENT_TYPE,
  encodeEnvelope,
  envelopeSchema,
  type EnvelopeFields,
  messageProperties,
} from './envelope.js';
export {
  type Cause,
  causedBy,
  type EventMessage,
  type OutgoingEvent,
  outgoingEvent,
} from './event-message.js';
export {
  BrokerUnavailableError,
  ConfirmTimeoutError,
  MessageRejectedError,
  PublishOutcomeUnknownError,
  PublishNackedError,
  type RejectionReason,
  UnpublishableError,
} from './errors.js';
export { ConfirmPublisher } from './publish/confirm-publisher.js';
export type { Publication } from './publish/publication.js';
export { type HeldSlots, RouteCheck, type RouteCheckOptions } from './publish/route-check.js';
export { QueueDepth } from './amqp/queue-depth.js';
export { ATTEMPTS_MAX, replayPublication, type DeadLetterReplay } from './consume/retry.js';
export {
  eventsExchange,
  partitionForSlot,
  partitionQueue,
  routingKey,
  SLOT_COUNT,
  slotForKey,
  RETRY_STEPS,
  deadLetterQueue,
  UNROUTED,
} from './routing.js';
export { type Binding, deriveTopology, type Topology } from './topology/topology.js';
export {
  diffTopology,
  isManagedName,
  listTopologyEntries,
  topologyForService,
  readTopology,
  type TopologyDiff,
} from './topology/topology-diff.js';
export { describePolicyEffect, type PolicyEffect } from './topology/policy-effects.js';
export { DriftCheck, type DriftCheckOptions } from './topology/drift-check.js';
export { BatchTransport, Consumes, type TransportOptions } from './consume/batch-transport.js';
export { messagingAttributes } from './tracing/publish-spans.js';
export { findMissingByName } from './topology/missing-by-name.js';
