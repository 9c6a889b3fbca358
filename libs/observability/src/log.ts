/** The logger that libraries need. pino implements it; every line has fields and a message. */
export interface Log {
  /** Details for diagnosis, off by default. */
  debug(fields: object, message: string): void;
  /** A change of state. */
  info(fields: object, message: string): void;
  /** A failure that the service retries or works around. */
  warn(fields: object, message: string): void;
  /** A failure that a person must look at. */
  error(fields: object, message: string): void;
}
