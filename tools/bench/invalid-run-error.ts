/** The measurement is invalid: a condition that must hold during or after it did not. */
export class InvalidRunError extends Error {
  override readonly name = 'InvalidRunError';
}
