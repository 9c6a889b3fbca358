import type { BankDecision } from './ledger.js';

/** The behaviour of the bank that issued a payment token. */
export interface TokenBehaviour {
  readonly authorize: BankDecision;
  readonly willRefuse?: 'capture' | 'refund';
  /** Duration of an authorization, in ms. Default 0. */
  readonly delayMs?: number;
}

const BEHAVIOURS: Readonly<Record<string, TokenBehaviour>> = {
  tok_declined: { authorize: 'declined' },
  tok_insufficient_funds: { authorize: 'insufficient_funds' },
  tok_capture_refused: { authorize: 'approved', willRefuse: 'capture' },
  tok_refund_refused: { authorize: 'approved', willRefuse: 'refund' },
  tok_slow: { authorize: 'approved', delayMs: 2_000 },
};

/** Test tokens like Stripe's. A token without an entry, such as `tok_visa`, approves. */
export function tokenBehaviour(token: string): TokenBehaviour {
  return BEHAVIOURS[token] ?? { authorize: 'approved' };
}
