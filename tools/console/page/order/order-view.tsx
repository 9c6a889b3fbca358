import { useEffect } from 'preact/hooks';
import type { OrderTrace } from '../../protocol-records.js';
import { dateTime } from '../date-time.js';
import { clock, duration, money, visible } from '../format.js';
import { Badge, CommandLine, Empty, ErrorLine, Facts, Panel, Problems, statusTone } from '../parts/ui.js';
import { useData } from '../parts/use-data.js';
import { live, say, session } from '../state.js';
import { texts } from '../texts.js';
import { explain } from './explain.js';
import { MessagePanel } from './message-panel.js';
import { Timeline } from './timeline-view.js';

const ENDED = new Set(['completed', 'cancelled']);
/** An order that has ended still publishes its last event. */
const FOLLOW_MS = 5_000;

/** Reads an order, and reads it again each second until it has ended. */
function useTrace(id: string) {
  const { data, error, reload } = useData<OrderTrace>(`/api/orders/${encodeURIComponent(id)}`);
  const trace = data.value;
  const at = live.value?.at ?? 0;
  useEffect(() => {
    const order = data.peek()?.order;
    const isFollowed =
      !order || !ENDED.has(order.status) || Date.now() - order.placedAt - order.ms < FOLLOW_MS;
    if (isFollowed && error.peek()?.status !== 404) void reload();
  }, [at]);
  return { trace, error: error.value };
}

/** `#/orders/<id>`: the order in one sentence, its timeline over the services, and the chosen message. */
export function OrderView({
  id,
  messageId,
}: {
  readonly id: string;
  readonly messageId: string | undefined;
}) {
  const { trace, error } = useTrace(id);
  if (error && !trace)
    return (
      <Panel title={say(texts.orders)} name="order">
        {error.status === 404 ? (
          <Empty>{say(texts.orderNotFound)}</Empty>
        ) : (
          <ErrorLine>{error.message}</ErrorLine>
        )}
      </Panel>
    );
  if (!trace)
    return (
      <Panel title={say(texts.loading)} name="order">
        {''}
      </Panel>
    );
  const message = trace.messages.find((one) => one.id === messageId);
  return (
    <div class={message ? 'order-page with-message' : 'order-page'}>
      <OrderHead trace={trace} />
      <Timeline trace={trace} chosen={messageId} />
      {message && <MessagePanel orderId={id} message={message} key={message.id} />}
      <Transitions trace={trace} />
    </div>
  );
}

function OrderHead({ trace }: { readonly trace: OrderTrace }) {
  const { order, problems } = trace;
  const { id, status, amount, currency, customerId, correlationId, items } = order;
  return (
    <Panel
      name="order"
      title={
        <>
          <Badge tone={statusTone(status)}>{say(texts.statuses)[status] ?? status}</Badge> {say(items)}
        </>
      }
      aside={<b>{money(amount, currency)}</b>}
    >
      <p class="sentence" data-sentence>
        {visible(say(explain(trace, Date.now())))}
      </p>
      <Problems problems={problems} />
      <Facts
        facts={[
          [say(texts.id), <code>{id}</code>],
          [say(texts.placed), dateTime(order.placedAt)],
          [say(texts.customer), visible(customerId)],
          [say(texts.correlation), <code>{visible(correlationId)}</code>],
          [say(texts.deadline), duration(order.deadlineAt - order.placedAt)],
        ]}
      />
      <CommandLine command={`${session.value?.opsCommand ?? 'npm run ops --'} order ${id}`} />
    </Panel>
  );
}

function Transitions({ trace: { transitions, order } }: { readonly trace: OrderTrace }) {
  return (
    <Panel title={say(texts.transitions)} name="transitions">
      <div class="scroll" tabIndex={0} role="region" aria-label={say(texts.transitions)}>
        <table>
          <tbody>
            {transitions.map(({ version, trigger, to, stock, payment, reason, at }) => (
              <tr key={version}>
                <td class="time">{clock(at, 3)}</td>
                <td class="number">+{duration(at - order.placedAt)}</td>
                <td>
                  <code>{trigger}</code>
                </td>
                <td>
                  <Badge tone={statusTone(to)}>{say(texts.statuses)[to] ?? to}</Badge>
                </td>
                <td>
                  <small>{[stock, payment, reason].filter((part) => part !== null).join(' · ')}</small>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
