import { DiagnosticChannel } from '#observability';

/** Messages were claimed; those that are not fresh had been handled before. Its transaction may still be rolled back. */
export const messagesClaimed = new DiagnosticChannel<{
  readonly consumer: string;
  readonly messages: number;
  readonly fresh: number;
}>('messages-claimed');
