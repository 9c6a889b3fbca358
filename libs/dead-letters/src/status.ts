/**
 * `open`: an operator has to look. `replaying`: it is to be sent again, and its service will. `replayed`: it has been
 * sent, and has not failed since. `discarded`: an operator has decided that it needs nothing.
 */
export type DeadLetterStatus = 'open' | 'replaying' | 'replayed' | 'discarded';

export const deadLetterStatuses: readonly DeadLetterStatus[] = ['open', 'replaying', 'replayed', 'discarded'];
