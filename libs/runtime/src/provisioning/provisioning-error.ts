/** Provisioning failed. The message names the cause and the remedy; provisioning is idempotent, so run it again. */
export class ProvisioningError extends Error {
  override readonly name = 'ProvisioningError';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    // The remedy is a variable or a role, so the stack is omitted.
    this.stack = `${this.name}: ${this.message}`;
  }
}
