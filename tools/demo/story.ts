import type { Scene, Step } from './step-context.js';
import { brokerAway } from './steps/broker-away.js';
import { cancelled } from './steps/cancelled.js';
import { closing } from './steps/closing.js';
import { completing } from './steps/completing.js';
import { declined } from './steps/declined.js';
import { decoupling } from './steps/decoupling.js';
import { deliveredFiveTimes } from './steps/delivered-five-times.js';
import { outOfStock } from './steps/out-of-stock.js';
import { peakShaving } from './steps/peak-shaving.js';
import { placedTwice } from './steps/placed-twice.js';
import { poisoned } from './steps/poisoned.js';

export const story: readonly Step[] = [
  completing,
  outOfStock,
  declined,
  placedTwice,
  decoupling,
  deliveredFiveTimes,
  peakShaving,
  cancelled,
  brokerAway,
  poisoned,
  closing,
];

/** How many promises were checked, and how many of them were kept. */
export interface Verdicts {
  readonly kept: number;
  readonly checked: number;
}

/** Plays all steps, one after the other. @throws what a step throws; the steps after it are then not played */
export async function tell(scene: Omit<Scene, 'check'>): Promise<Verdicts> {
  const { screen, texts } = scene;
  let [kept, checked] = [0, 0];
  const check = (promise: string, isKept: boolean): void => {
    checked += 1;
    if (isKept) kept += 1;
    screen.verdict(isKept, promise);
  };
  for (const [index, step] of story.entries()) {
    const { title, why } = texts.steps[step.name];
    screen.heading(`${index + 1}/${story.length}`, title);
    screen.prose(why);
    await step.play({ ...scene, check });
  }
  return { kept, checked };
}
