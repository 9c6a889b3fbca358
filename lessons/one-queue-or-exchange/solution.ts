import type { Consumer } from './exercise.js';

/** One queue per service: services get copies, and the processes of one service share. */
export function chooseQueue({ service }: Consumer): string {
  return service;
}
