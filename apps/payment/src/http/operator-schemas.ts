import { z } from 'zod';
import { gatewayReason, gatewayReference } from '#contracts';
import { confirmationBody, periodCriteria, selectionBody } from '#operator-api';
import { parkCauses } from '../domain/failed-attempt.js';
import { operationNames } from '../domain/payment-table.js';

/** The body of an action on parked operations. */
export const operationSelectionSchema = selectionBody({
  ...periodCriteria,
  operation: z.enum(operationNames).optional().describe('The kind of operation'),
  cause: z.enum(parkCauses).optional().describe('Why the operation is parked'),
});

/** The body of an action on refused refunds. */
export const refundSelectionSchema = selectionBody({
  ...periodCriteria,
  cause: gatewayReason.optional().describe("The gateway's reason for the refusal"),
});

/** The body of a settlement: either `reference` or `refusal`. */
export const settlementSchema = confirmationBody({
  reference: gatewayReference
    .optional()
    .describe('It was executed: the id that proves it, of the gateway or of the bank'),
  refusal: gatewayReason.optional().describe('It was refused: the reason, of the gateway or of the bank'),
  operation: z
    .enum(operationNames)
    .optional()
    .describe('Refused unless the payment waits for this operation'),
}).refine(({ reference, refusal }) => (reference === undefined) !== (refusal === undefined), {
  path: ['reference'],
  message: 'give either reference, if the operation was executed, or refusal, if it was refused',
});
