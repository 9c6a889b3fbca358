import { problemType } from '#http';

/** The problems of the operator API. */
export const operatorProblems = {
  deadLetterNotFound: problemType('dead-letter-not-found', 404, 'The dead letter does not exist'),
  eventNotParked: problemType('event-not-parked', 404, 'The event is not parked'),
  /** Also when the claim was pruned. */
  messageNotClaimed: problemType('message-not-claimed', 404, 'No consumer has claimed the message'),
  /** Also when the row of the log was pruned. */
  actionNotFound: problemType('action-not-found', 404, 'The operator log has no such action'),
  /** Also when its dead letters were pruned. */
  replayNotFound: problemType('replay-not-found', 404, 'The replay does not exist'),
  /** `NotEditableError` of an edit: not open, or without a consumer. */
  notEditable: problemType('not-editable', 409, 'The dead letter cannot be edited'),
  /** `MessageRejectedError` of an edit: the new body breaks the contract. */
  invalidEvent: problemType('invalid-event', 422, 'The body is not an event that the consumer accepts'),
  /** `SelectionChangedError`; the body also has `expected` and `found`. */
  selectionChanged: problemType(
    'selection-changed',
    409,
    'The selection has another number of rows than expected',
  ),
};
