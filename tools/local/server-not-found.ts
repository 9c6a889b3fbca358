/** A server we need is not to be had here. The message is for the reader and says what to do; no stack is needed. */
export class ServerNotFoundError extends Error {
  override readonly name = 'ServerNotFoundError';
}
