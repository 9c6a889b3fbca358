import { z } from 'zod';
import { amount, currency, gatewayReason, gatewayReference, orderId } from '#contracts';
import { answer, timestamp } from '#http';
import { actionAnswer } from '#operator-api';
import { parkCauses } from '../domain/failed-attempt.js';
import { operationNames, operations } from '../domain/payment-table.js';

const status = z
  .enum(Object.values(operations).flatMap(({ waiting, approved, refused }) => [waiting, approved, refused]))
  .describe('authorizing, capturing, voiding and refunding wait for the gateway');
const reference = gatewayReference.nullable().describe('The id of the gateway; null until it approves');
const refusal = gatewayReason.nullable().describe('The reason of the gateway; null unless it refused');
const count = z.int().min(0);

const operation = z
  .strictObject({
    operation: z.enum(operationNames),
    idempotencyKey: z.string(),
    attempts: count,
    outcome: z.enum(['approved', 'refused']).nullable().describe('null while it is unknown'),
    lastError: z.string().nullable(),
    nextAttemptAt: timestamp.nullable(),
    parkedAt: timestamp.nullable().describe('Waits for the release by an operator since then; else null'),
    parkedCause: z.enum(parkCauses).nullable(),
    completedAt: timestamp.nullable(),
  })
  .meta({ id: 'GatewayOperation' });

const payment = z
  .strictObject({
    orderId,
    status,
    cancelRequested: z.boolean(),
    money: z.strictObject({ amount, currency }).nullable().describe('null if the order was cancelled first'),
    authorizationId: reference,
    captureId: reference,
    voidId: reference,
    refundId: reference,
    declineReason: refusal,
    captureRefusal: refusal,
    voidRefusal: refusal,
    refundRefusal: refusal,
    refundAttempts: count,
    version: z.int().min(1),
    operations: z.array(operation).describe('In the order in which they were added'),
  })
  .meta({ id: 'Payment' });

const group = z.strictObject({
  operation: z.enum(operationNames),
  cause: z.string(),
  count,
  error: z.string().nullable().describe('The newest error of the group'),
});

/** A repetition finds no row to change. */
const nothingToDo = z.strictObject({ action: z.string(), count: z.literal(0) });

/** The answers of payments and of their operators. */
export const answers = {
  payment: answer(payment, {
    description: 'The payment.',
    example: {
      orderId: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77',
      status: 'authorized',
      cancelRequested: false,
      money: { amount: 25_800, currency: 'CNY' },
      authorizationId: 'auth_1',
      captureId: null,
      voidId: null,
      refundId: null,
      declineReason: null,
      captureRefusal: null,
      voidRefusal: null,
      refundRefusal: null,
      refundAttempts: 0,
      version: 2,
      operations: [
        {
          operation: 'authorize',
          idempotencyKey: '0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize',
          attempts: 1,
          outcome: 'approved',
          lastError: null,
          nextAttemptAt: null,
          parkedAt: null,
          parkedCause: null,
          completedAt: '2026-11-21T10:00:00.120Z',
        },
      ],
    },
  }),
  selection: actionAnswer({ groups: z.array(group) }),
  repeatableSelection: actionAnswer({ groups: z.array(group) }, nothingToDo),
  settlement: actionAnswer(
    {
      operation: z.enum(operationNames).exactOptional(),
      status: status.exactOptional(),
      nextStatus: status.exactOptional(),
    },
    nothingToDo,
  ),
};
