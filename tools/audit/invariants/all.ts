import type { Invariant } from './invariant.js';
import { q1 } from './q1-accepted-orders-end.js';
import { q2 } from './q2-completed-orders-paid-and-deducted.js';
import { q3 } from './q3-cancelled-orders-compensated.js';
import { q4 } from './q4-ledger-matches-payments.js';
import { q5 } from './q5-messages-conserved.js';
import { q6 } from './q6-effects-in-sequence.js';
import { q7 } from './q7-nothing-unrouted-or-unknown.js';
import { s1 } from './s1-stock-counters-add-up.js';
import { s2 } from './s2-counters-match-reservations.js';
import { s3 } from './s3-one-reservation-one-capture.js';
import { s4 } from './s4-refunds-within-capture.js';
import { s5 } from './s5-totals-match-prices.js';
import { s6 } from './s6-transitions-allowed.js';
import { s7 } from './s7-one-order-per-key.js';

/** Hold at every instant, also during a fault. */
export const instantInvariants: readonly Invariant[] = [s1, s2, s3, s4, s5, s6, s7];

/** Hold when the shop is idle. */
export const idleInvariants: readonly Invariant[] = [q1, q2, q3, q4, q5, q6, q7];
