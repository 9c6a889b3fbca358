import { useSignal } from '@preact/signals';
import type { OrderRow } from '../../protocol.js';
import { ApiError, post } from '../api.js';
import { clock, duration, money, shortId } from '../format.js';
import { CommandLine, Badge, Empty, ErrorLine, Panel, statusTone } from '../parts/ui.js';
import { go, link } from '../router.js';
import { live, say, session } from '../state.js';
import { texts } from '../texts.js';

/** Orders, newest first, with the buttons that place some. */
export function OrdersPanel() {
  const snapshot = live.value;
  const open = Object.entries(snapshot?.open ?? {}).filter(([, count]) => count > 0);
  const problem = useSignal<string | undefined>(undefined);
  return (
    <Panel
      title={say(texts.newestOrders)}
      name="orders"
      aside={
        <>
          {open.map(([status, count]) => (
            <Badge tone={statusTone(status)} key={status}>
              {count} {say(texts.statuses)[status] ?? status}
            </Badge>
          ))}
          <PlaceButtons onProblem={(text) => (problem.value = text)} />
        </>
      }
    >
      {problem.value !== undefined && <ErrorLine>{problem.value}</ErrorLine>}
      {snapshot && snapshot.orders.length === 0 ? (
        <NoOrders />
      ) : (
        <OrdersTable orders={snapshot?.orders ?? []} />
      )}
    </Panel>
  );
}

/** The buttons that place orders, by their name in the tests. */
const placements = [
  { name: 'place-one', text: texts.placeOne, body: {} },
  { name: 'place-ten', text: texts.placeTen, body: { count: 10 } },
  { name: 'place-declined', text: texts.placeDeclined, body: { paymentToken: 'tok_declined' } },
  { name: 'place-out-of-stock', text: texts.placeOutOfStock, body: { sku: 'MOONCAKE-GIFT-BOX' } },
] as const;

function PlaceButtons({ onProblem }: { readonly onProblem: (text: string | undefined) => void }) {
  const canAct = session.value?.canAct === true;
  const run = (action: () => Promise<unknown>) => (): void => {
    onProblem(undefined);
    action().catch((error: unknown) => onProblem(error instanceof ApiError ? error.message : String(error)));
  };
  return (
    <span class="buttons" title={canAct ? undefined : say(texts.readOnlyHint)}>
      {placements.map(({ name, text, body }) => (
        <button
          type="button"
          key={name}
          class={name === 'place-one' ? 'primary' : ''}
          disabled={!canAct}
          onClick={run(() => post('/api/orders', body))}
          data-action={name}
        >
          {say(text)}
        </button>
      ))}
      <button
        type="button"
        disabled={!canAct || !session.value?.hasLab}
        onClick={run(() => post('/api/lab/flash-sale'))}
      >
        {say(texts.flashSale)}
      </button>
    </span>
  );
}

function NoOrders() {
  const url = session.value?.orderUrl ?? 'http://127.0.0.1:3000';
  const body = '{"lines":[{"sku":"TEA-LONGJING-100G","quantity":2}],"paymentToken":"tok_visa"}';
  return (
    <Empty>
      {say(texts.noOrders)}
      <CommandLine
        command={`curl -i ${url}/orders -H 'content-type: application/json' -H "idempotency-key: $(date +%s)" -d '${body}'`}
      />
    </Empty>
  );
}

export function OrdersTable({ orders }: { readonly orders: readonly OrderRow[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say(texts.orders)}>
      <table class="orders">
        <thead>
          <tr>
            <th>{say(texts.time)}</th>
            <th>{say(texts.id)}</th>
            <th>{say(texts.what)}</th>
            <th class="number">{say(texts.amount)}</th>
            <th>{say(texts.status)}</th>
            <th class="number">{say(texts.duration)}</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <Row order={order} key={order.id} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  order: { id, placedAt, items, amount, currency, status, reason, stock, payment, ms },
}: {
  readonly order: OrderRow;
}) {
  return (
    <tr onClick={() => go('orders', id)} data-order={id} data-status={status}>
      <td class="time">{clock(placedAt)}</td>
      <td>
        <a href={link('orders', id)} class="mono" title={id}>
          {shortId(id)}
        </a>
      </td>
      <td class="items">{say(items)}</td>
      <td class="number">{money(amount, currency)}</td>
      <td>
        <Badge tone={statusTone(status)}>{say(texts.statuses)[status] ?? status}</Badge>{' '}
        <small>{reason ?? `${stock} · ${payment}`}</small>
      </td>
      <td class="number">{duration(ms)}</td>
    </tr>
  );
}
