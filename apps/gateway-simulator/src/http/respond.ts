import type { FastifyReply } from 'fastify';
import type { LedgerEntry } from '../domain/ledger.js';
import type { OperationResult } from '../use-cases/gateway.js';

/** Sends the response once, twice or never, as `responds` says. `never` keeps the request open until the client closes it. */
export function respond(
  { entry, isReplayed, responds }: OperationResult,
  reply: FastifyReply,
): LedgerEntry | Promise<never> {
  if (responds === 'never') return new Promise(() => {});
  if (isReplayed) void reply.header('idempotent-replayed', 'true');
  if (responds === 'twice') sendAgain(entry, reply);
  return entry;
}

/** Writes the response to the connection a second time, where a client may match it with its next request. */
function sendAgain(entry: LedgerEntry, reply: FastifyReply): void {
  const { socket } = reply.request.raw;
  const body = JSON.stringify(entry);
  const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  reply.raw.once('finish', () => socket.write(head + body));
}
