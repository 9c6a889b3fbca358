/** What was measured does not count: something that must hold did not. */
export class InvalidRunError extends Error {
  override readonly name = 'InvalidRunError';
}
