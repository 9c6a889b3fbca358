/** What was to be made could not be made. The message says what is wrong, and what to do; run it again then. */
export class ProvisioningError extends Error {
  override readonly name = 'ProvisioningError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // For whoever deploys; a stack tells them nothing.
    this.stack = `${this.name}: ${this.message}`;
  }
}
