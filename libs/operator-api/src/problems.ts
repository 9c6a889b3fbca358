import { NotEditable, SelectionChanged } from '#dead-letters';
import { ProblemException } from '#http';
import { MessageRejected } from '#messaging';

/** Says over HTTP why nothing was done. */
export function explain(error: unknown): never {
  if (error instanceof SelectionChanged) throw selectionChanged(error.expected, error.found);
  if (error instanceof NotEditable) {
    throw new ProblemException({ status: 409, type: 'not-editable', detail: error.message, cause: error });
  }
  if (error instanceof MessageRejected) {
    throw new ProblemException({
      status: 422,
      type: 'not-an-event',
      title: 'The bytes are not an event that the consumer would accept',
      detail: error.message,
      errors: [{ pointer: '#/body', detail: error.message }],
      cause: error,
    });
  }
  throw error;
}

function selectionChanged(expected: number, found: number): ProblemException {
  return new ProblemException({
    status: 409,
    type: 'selection-changed',
    title: 'It would be done to others than expected',
    detail: `It would be done to ${found}, not ${expected}: nothing was done. Look again, then expect what you see.`,
    extensions: { expected, found },
  });
}
