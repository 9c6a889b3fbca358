export { Alarm } from './alarm.js';
export { askFor, missingByName } from './ask-for.js';
export { applyTopology, TopologyConflict } from './apply-topology.js';
export type { BatchContext } from './batch-handler.js';
export { brokerDefinitions, type BrokerUser, type Login } from './broker-definitions.js';
export { BrokerManagement, ManagementUnavailable } from './broker-management.js';
export {
  type BrokerRights,
  type BrokerRightsOptions,
  type BrokerRole,
  deriveBrokerRights,
} from './broker-rights.js';
export { brokerUrlOptions, brokerUserOf } from './broker-url.js';
export { BrokerConnection, type BrokerConnectionOptions, type BrokerState } from './connection.js';
export { batchSettled, consumerPaused, messageRetried, messagesDeadLettered } from './consumer-signals.js';
export type { AddDeadLetters, DeadLetter } from './dead-letter.js';
export { type BrokerUsers, eventParser } from './decode.js';
export { CONTENT_TYPE, encodeEnvelope, type EnvelopeFields, messageProperties } from './envelope.js';
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
} from './failures.js';
export type { MessagingLog } from './log.js';
export { ConfirmPublisher, type Publication } from './publisher.js';
export { QueueProbe } from './queue-probe.js';
export { ATTEMPTS_MAX, replayPublication, type Replayed, RETRY_STEPS } from './retry.js';
export {
  eventsExchange,
  partitionOfSlot,
  partitionQueue,
  routingKey,
  SLOT_COUNT,
  slotOf,
} from './routing.js';
export { Signal } from './signal.js';
export { type Binding, deadLetterQueue, deriveTopology, type Topology, UNROUTED } from './topology.js';
export { diffTopology, isOurs, namesIn, neededBy, readTopology, type TopologyDiff } from './topology-diff.js';
export { TopologyWatch, type TopologyWatchOptions } from './topology-watch.js';
export { BatchTransport, connectTransport, Consumes, type TransportOptions } from './transport.js';
