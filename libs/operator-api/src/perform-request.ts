import { NotEditableError, SelectionChangedError } from '#dead-letters';
import { ProblemException } from '#http';
import { operatorProblems } from './operator-problems.js';
import { MessageRejectedError } from '#messaging';
import { type Action, type ActionScope, type Confirmation, performAction } from './actions.js';

/**
 * Performs an action, or only its dry run when the request has no confirmation. The result has the name of the action.
 *
 * @throws ProblemException for every error that an action names
 */
export async function performRequest<Target, Preview extends { readonly count: number }>(
  scope: ActionScope,
  action: Action<Target, Preview>,
  target: Target,
  confirmation: Confirmation | undefined,
) {
  const { name } = action;
  try {
    if (!confirmation)
      return { dryRun: true as const, action: name, ...(await action.preview(scope, target)) };
    return { action: name, ...(await performAction(scope, action, target, confirmation)) };
  } catch (error) {
    return throwProblem(error);
  }
}

function throwProblem(error: unknown): never {
  if (error instanceof SelectionChangedError) throw selectionChanged(error);
  if (error instanceof NotEditableError) {
    throw new ProblemException({
      type: operatorProblems.notEditable,
      detail: error.message,
      cause: error,
    });
  }
  if (error instanceof MessageRejectedError) {
    throw new ProblemException({
      type: operatorProblems.invalidEvent,
      detail: error.message,
      errors: [{ pointer: '#/body', detail: error.message }],
      cause: error,
    });
  }
  throw error;
}

function selectionChanged({ expected, found, message }: SelectionChangedError): ProblemException {
  return new ProblemException({
    type: operatorProblems.selectionChanged,
    detail: `${message}. Repeat the dry run, then expect its count.`,
    extensions: { expected, found },
  });
}
