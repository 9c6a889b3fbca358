/** What was measured does not count: something that must hold did not. */
export class RunVoid extends Error {
  override readonly name = 'RunVoid';
}
