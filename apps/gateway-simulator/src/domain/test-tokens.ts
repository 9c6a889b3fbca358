import type { Bank } from './ledger.js';

/** How the bank behind a payment token behaves. */
export interface TokenBehaviour {
  readonly authorize: Bank;
  readonly willRefuse?: 'capture' | 'refund';
  /** How long it takes to authorize. */
  readonly delayMs?: number;
}

const BEHAVIOURS: Readonly<Record<string, TokenBehaviour>> = {
  tok_declined: { authorize: 'declined' },
  tok_insufficient_funds: { authorize: 'insufficient_funds' },
  tok_capture_refused: { authorize: 'approves', willRefuse: 'capture' },
  tok_refund_refused: { authorize: 'approves', willRefuse: 'refund' },
  tok_slow: { authorize: 'approves', delayMs: 2_000 },
};

/** Tokens that behave badly on purpose, in the manner of Stripe's; any other (`tok_visa`) approves. */
export function behaviourOf(token: string): TokenBehaviour {
  return BEHAVIOURS[token] ?? { authorize: 'approves' };
}
