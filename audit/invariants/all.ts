import type { Invariant } from './invariant.js';
import { q1 } from './q1.js';
import { q2 } from './q2.js';
import { q3 } from './q3.js';
import { q4 } from './q4.js';
import { q5 } from './q5.js';
import { q6 } from './q6.js';
import { q7 } from './q7.js';
import { s1 } from './s1.js';
import { s2 } from './s2.js';
import { s3 } from './s3.js';
import { s4 } from './s4.js';
import { s5 } from './s5.js';
import { s6 } from './s6.js';
import { s7 } from './s7.js';

/** They hold at every instant, also in the middle of a fault. */
export const instantInvariants: readonly Invariant[] = [s1, s2, s3, s4, s5, s6, s7];

/** They hold once all is quiet. */
export const quietInvariants: readonly Invariant[] = [q1, q2, q3, q4, q5, q6, q7];
