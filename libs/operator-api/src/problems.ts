import { NotEditableError, SelectionChangedError } from '#dead-letters';
import { ProblemException } from '#http';
import { MessageRejectedError } from '#messaging';

/** Says over HTTP why nothing was done. */
export function throwProblem(error: unknown): never {
  if (error instanceof SelectionChangedError) throw selectionChanged(error.expected, error.found);
  if (error instanceof NotEditableError) {
    throw new ProblemException({ status: 409, type: 'not-editable', detail: error.message, cause: error });
  }
  if (error instanceof MessageRejectedError) {
    throw new ProblemException({
      status: 422,
      type: 'invalid-event',
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
    detail: `It would be done to ${found}, not ${expected}: nothing was done. Repeat the dry run, then expect its count.`,
    extensions: { expected, found },
  });
}
