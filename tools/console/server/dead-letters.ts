import { type Service, services } from '#contracts';
import {
  countDeadLetters,
  type DeadLetterFilter,
  deadLetterStatuses,
  findDeadLetter,
  groupDeadLetters,
  listDeadLetters,
  replayProgress,
} from '#dead-letters';
import { findClaims } from '#inbox';
import { listConsumers } from '#operator-api';
import { listActions } from '#operator-log';
import { z } from 'zod';
import type { DeadLetterDetails, DeadLetterGroup } from '../protocol-records.js';
import type { SourceProblem } from '../protocol.js';
import type { Databases } from './databases.js';
import { databaseSources } from './live/service-records.js';

/** Most bytes of a body in one response; the page shows no more. */
const BODY_SHOWN_MAX = 64 * 1024;
const GROUPS_MAX = 100;
const LETTERS_MAX = 100;

export const serviceSchema = z.enum(services as readonly [Service, ...Service[]]);
export const statusSchema = z.enum(deadLetterStatuses as readonly [(typeof deadLetterStatuses)[number]]);

/** The groups of dead letters of every service that can be read, the largest first. */
export async function readGroups(
  databases: Databases,
  status: z.output<typeof statusSchema>,
): Promise<{ readonly groups: readonly DeadLetterGroup[]; readonly problems: readonly SourceProblem[] }> {
  const { items, problems } = await databases.readFromEach((database) =>
    groupDeadLetters(database, { status: [status] }, GROUPS_MAX),
  );
  return {
    groups: items
      .toSorted((a, b) => b.count - a.count)
      .map((group) => ({
        ...group,
        firstFailedAt: group.firstFailedAt.toISOString(),
        lastFailedAt: group.lastFailedAt.toISOString(),
      })),
    problems: [...problems].map(([service, problem]) => ({
      source: databaseSources[service],
      problem,
      since: Date.now(),
    })),
  };
}

/** The newest dead letters of one cause, and the number of all. */
export async function readLetters(databases: Databases, service: Service, filter: DeadLetterFilter) {
  const database = await databases.open(service);
  const [total, letters] = await Promise.all([
    countDeadLetters(database, filter),
    listDeadLetters(database, filter, LETTERS_MAX),
  ]);
  return { total, letters };
}

/** One dead letter with the first 64 KB of its body; undefined when the service has none with this id. */
export async function readLetter(
  databases: Databases,
  service: Service,
  id: string,
): Promise<DeadLetterDetails | undefined> {
  const database = await databases.open(service);
  const letter = await findDeadLetter(database, id);
  if (!letter) return undefined;
  const messageId = z.uuid().safeParse(letter.messageId);
  const [claims, actions] = await Promise.all([
    messageId.success ? findClaims(database, listConsumers(service), messageId.data) : [],
    listActions(database, id, 100),
  ]);
  const body = Buffer.from(letter.bodyBase64, 'base64').subarray(0, BODY_SHOWN_MAX);
  return {
    ...letter,
    service,
    bodyBase64: body.toString('base64'),
    firstFailedAt: letter.firstFailedAt.toISOString(),
    lastFailedAt: letter.lastFailedAt.toISOString(),
    claims: claims.map(({ consumer, outcome, claimedAt }) => ({
      consumer,
      outcome,
      claimedAt: claimedAt.toISOString(),
    })),
    actions: actions.map(({ at, action, operator, reason }) => ({
      at: at.toISOString(),
      action,
      operator,
      reason,
    })),
  };
}

export async function readReplayProgress(databases: Databases, service: Service, requestId: string) {
  return replayProgress(await databases.open(service), requestId);
}
