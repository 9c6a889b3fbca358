/** A required server is neither found nor startable. The message tells the user what to do; print it without a stack. */
export class ServerNotFoundError extends Error {
  override readonly name = 'ServerNotFoundError';
}
