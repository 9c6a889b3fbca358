import type { BankDecision } from './ledger.js';

/** How the bank behind a payment token behaves. */
export interface TokenBehaviour {
  readonly authorize: BankDecision;
  readonly willRefuse?: 'capture' | 'refund';
  /** How long it takes to authorize. */
  readonly delayMs?: number;
}

const BEHAVIOURS: Readonly<Record<string, TokenBehaviour>> = {
  tok_declined: { authorize: 'declined' },
  tok_insufficient_funds: { authorize: 'insufficient_funds' },
  tok_capture_refused: { authorize: 'approved', willRefuse: 'capture' },
  tok_refund_refused: { authorize: 'approved', willRefuse: 'refund' },
  tok_slow: { authorize: 'approved', delayMs: 2_000 },
};

/** Tokens that behave badly on purpose, in the manner of Stripe's; any other (`tok_visa`) approves. */
export function tokenBehaviour(token: string): TokenBehaviour {
  return BEHAVIOURS[token] ?? { authorize: 'approved' };
}
