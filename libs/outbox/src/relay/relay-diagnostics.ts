import { Signal } from '#observability';

/** What became of a page of events that was sent: how many were confirmed, and why the others were not. */
export const pageSettled = new Signal<{ readonly confirmed: number; readonly failures: readonly Error[] }>(
  'relay-page-settled',
);
