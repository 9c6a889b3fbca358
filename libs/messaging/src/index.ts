export { askFor } from './amqp/passive-declare.js';
export { applyTopology, TopologyConflict } from './topology/apply-topology.js';
export type { BatchContext } from './consume/batch-handler.js';
export { brokerDefinitions, type BrokerUser, type Login } from './topology/broker-definitions.js';
export { BrokerManagement, ManagementUnavailable } from './amqp/management-api.js';
export {
  type BrokerRights,
  type BrokerRightsOptions,
  type BrokerRole,
  deriveBrokerRights,
} from './topology/broker-permissions.js';
export { brokerUrlOptions, brokerUserOf } from './amqp/broker-url.js';
export { BrokerConnection, type BrokerConnectionOptions, type BrokerState } from './amqp/connection.js';
export {
  batchSettled,
  consumerPaused,
  messageRetried,
  messagesDeadLettered,
} from './consume/consumer-diagnostics.js';
export type { AddDeadLetters, DeadLetter } from './consume/dead-letter.js';
export { type BrokerUsers, eventParser } from './consume/decode.js';
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
  BrokerUnavailable,
  isPermanent,
  MessageRejected,
  PublishOutcomeUnknown,
  PublishRefused,
  type RejectionReason,
  Unpublishable,
} from './errors.js';
export { ConfirmPublisher, type Publication } from './publish/confirm-publisher.js';
export { QueueProbe } from './amqp/queue-depth.js';
export { ATTEMPTS_MAX, replayPublication, type Replayed } from './consume/retry.js';
export {
  eventsExchange,
  partitionOfSlot,
  partitionQueue,
  routingKey,
  SLOT_COUNT,
  slotOf,
  RETRY_STEPS,
  deadLetterQueue,
  UNROUTED,
} from './routing.js';
export { type Binding, deriveTopology, type Topology } from './topology/topology.js';
export {
  diffTopology,
  isOurs,
  namesIn,
  neededBy,
  readTopology,
  type TopologyDiff,
} from './topology/topology-diff.js';
export { TopologyWatch, type TopologyWatchOptions } from './topology/drift-check.js';
export {
  BatchTransport,
  connectTransport,
  Consumes,
  type TransportOptions,
} from './consume/nest-transport.js';
export { missingByName } from './topology/missing-by-name.js';
