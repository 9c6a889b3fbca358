import { SelectionChangedError } from '#dead-letters';
import type { Transaction } from '#database';
import { newId } from '#observability';
import type { Action, Confirmation } from '#operator-api';
import { recordActions } from '#operator-log';
import { retryRefund } from '../domain/payment.js';
import {
  findLastCauses,
  groupParked,
  groupRefusedRefunds,
  lockRefusedRefunds,
  type OperationSelection,
  type RefundSelection,
  release,
  type SelectionGroup,
} from '../persistence/operator-selections.js';
import { lockPayments, savePayments } from '../persistence/payments.js';
import { advancePayments } from './advance-payments.js';
import type { GatewayDispatcher } from './gateway-dispatcher.js';

/** The dry run of a selection. */
export interface SelectionPreview {
  readonly count: number;
  readonly groups: readonly SelectionGroup[];
}

/** Makes parked operations due again, under the same idempotency keys; see `release`. */
export const releaseOperations: Action<OperationSelection, SelectionPreview> = {
  name: 'release operation',
  description: 'sends parked gateway operations again, under the same idempotency keys',
  noun: 'gateway operation',
  fromStatus: 'parked',
  outcome: 'released',
  preview: async ({ database }, selection) => toPreview(await groupParked(database, selection)),
  apply: async (tx, _service, selection, confirmation) => {
    const orderIds = await release(tx, selection);
    return recordChange(tx, 'release operation', orderIds, 'parked operations', confirmation);
  },
};

/** Starts refused refunds again, each under a new idempotency key, with the cause of the order's last operation. */
export function retryRefunds(
  dispatcher: Pick<GatewayDispatcher, 'add'>,
): Action<RefundSelection, SelectionPreview> {
  return {
    name: 'retry refund',
    description: 'requests refused refunds again, under new idempotency keys',
    noun: 'payment',
    fromStatus: 'refund_failed',
    outcome: 'requested again',
    preview: async ({ database }, selection) => toPreview(await groupRefusedRefunds(database, selection)),
    apply: async (tx, _service, selection, confirmation) => {
      const orderIds = await lockRefusedRefunds(tx, selection);
      const payments = await lockPayments(tx, orderIds);
      const causes = await findLastCauses(tx, orderIds);
      const advanced = advancePayments(
        payments,
        [...payments.values()].map((payment) => ({
          orderId: payment.orderId,
          cause: causes.get(payment.orderId) ?? { correlationId: payment.orderId },
          decide: () => retryRefund(payment),
        })),
      );
      await savePayments(tx, payments, advanced.payments);
      await dispatcher.add(tx, advanced.operations);
      return recordChange(tx, 'retry refund', orderIds, 'refused refunds', confirmation);
    },
  };
}

function toPreview(groups: readonly SelectionGroup[]): SelectionPreview {
  return { count: groups.reduce((sum, { count }) => sum + count, 0), groups };
}

/** @throws SelectionChangedError when another number of rows matches than was expected; the transaction rolls back */
async function recordChange(
  tx: Transaction,
  action: string,
  subjects: readonly string[],
  noun: string,
  { expected, by }: Confirmation,
) {
  if (subjects.length !== expected) throw new SelectionChangedError(expected, subjects.length, noun);
  const requestId = newId();
  await recordActions(tx, { ...by, action, requestId, subjects });
  return { requestId, count: subjects.length };
}
