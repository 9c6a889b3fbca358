import { DiagnosticChannel } from '#observability';

/** What became of a page of events that was sent: how many were confirmed, and why the others were not. */
export const pageSettled = new DiagnosticChannel<{
  readonly confirmed: number;
  readonly failures: readonly Error[];
}>('relay-page-settled');
