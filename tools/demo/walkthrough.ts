import type { StepContext, Step } from './step-context.js';
import { brokerUnavailable } from './steps/broker-unavailable.js';
import { cancelled } from './steps/cancelled.js';
import { closing } from './steps/closing.js';
import { completing } from './steps/completing.js';
import { declined } from './steps/declined.js';
import { decoupling } from './steps/decoupling.js';
import { deliveredFiveTimes } from './steps/delivered-five-times.js';
import { outOfStock } from './steps/out-of-stock.js';
import { peakShaving } from './steps/peak-shaving.js';
import { placedTwice } from './steps/placed-twice.js';
import { poisonMessage } from './steps/poison-message.js';

/** The steps of the demo, in order. */
export const walkthrough: readonly Step[] = [
  completing,
  outOfStock,
  declined,
  placedTwice,
  decoupling,
  deliveredFiveTimes,
  peakShaving,
  cancelled,
  brokerUnavailable,
  poisonMessage,
  closing,
];

/** The number of checked promises, and of kept ones. */
export interface CheckCounts {
  readonly passed: number;
  readonly checked: number;
}

/** Runs all steps in sequence. @throws the error of a failed step; later steps do not run */
export async function runWalkthrough(context: Omit<StepContext, 'check'>): Promise<CheckCounts> {
  const { screen, translations } = context;
  let [passed, checked] = [0, 0];
  const check = (promise: string, isKept: boolean): void => {
    checked += 1;
    if (isKept) passed += 1;
    screen.result(isKept, promise);
  };
  for (const [index, step] of walkthrough.entries()) {
    const { title, why } = translations.steps[step.name];
    screen.heading(`${index + 1}/${walkthrough.length}`, title);
    screen.prose(why);
    await step.run({ ...context, check });
  }
  return { passed, checked };
}
