import { useSignal } from '@preact/signals';
import type { Delivery, MessageDetails, TraceMessage } from '../../protocol-records.js';
import { ApiError, get } from '../api.js';
import { decodeBase64, showBody } from '../bytes.js';
import { clock, duration, visible } from '../format.js';
import { Badge, CommandLine, ErrorLine, Facts, Panel } from '../parts/ui.js';
import { link } from '../router.js';
import { say, session } from '../state.js';
import { texts } from '../texts.js';

/** `#/orders/<id>/<message>`: one message, its deliveries, and its bytes on demand. */
export function MessagePanel({
  orderId,
  message,
}: {
  readonly orderId: string;
  readonly message: TraceMessage;
}) {
  const { id, type, occurredAt } = message;
  return (
    <Panel
      name="message"
      title={<code>{type}</code>}
      aside={
        <a class="button small" href={link('orders', orderId)}>
          {say(texts.close)}
        </a>
      }
    >
      <MessageFacts orderId={orderId} message={message} />
      <h3>{say(texts.deliveries)}</h3>
      {message.deliveries.length === 0 && <p class="hint">{say(texts.noSubscriber)}</p>}
      <ul class="deliveries">
        {message.deliveries.map((delivery) => (
          <DeliveryRow delivery={delivery} occurredAt={occurredAt} key={delivery.consumer} />
        ))}
      </ul>
      <CommandLine command={`${session.value?.opsCommand ?? 'npm run ops --'} inbox ${id}`} />
      <Bytes orderId={orderId} messageId={id} />
    </Panel>
  );
}

function MessageFacts({ orderId, message }: { readonly orderId: string; readonly message: TraceMessage }) {
  const { id, producer, exchange, routingKey, occurredAt, publishedAt, causationId, traceparent } = message;
  return (
    <Facts
      facts={[
        [say(texts.id), <code>{id}</code>],
        [say(texts.publisher), `${producer} #${message.sequence}`],
        [say(texts.route), <code>{`${exchange} → ${routingKey}`}</code>],
        [say(texts.occurred), clock(occurredAt, 3)],
        [
          say(texts.published),
          publishedAt === null
            ? say(texts.notPublished)
            : `${clock(publishedAt, 3)} (+${duration(publishedAt - occurredAt)})`,
        ],
        [
          say(texts.cause),
          causationId === null ? (
            '–'
          ) : (
            <a href={link('orders', orderId, causationId)} class="mono">
              {causationId}
            </a>
          ),
        ],
        [say(texts.trace), <code>{traceparent?.split('-')[1] ?? '–'}</code>],
      ]}
    />
  );
}

function DeliveryRow({ delivery, occurredAt }: { readonly delivery: Delivery; readonly occurredAt: number }) {
  const { queue, service, outcome, claimedAt, deadLetter } = delivery;
  return (
    <li>
      <code>{queue}</code>{' '}
      {outcome === null ? (
        <Badge tone={deadLetter ? 'bad' : 'info'}>
          {say(deadLetter ? texts.deadLetter : texts.notHandled)}
        </Badge>
      ) : (
        <Badge tone={outcome === 'done' ? 'good' : 'warn'}>{say(texts.outcomes)[outcome] ?? outcome}</Badge>
      )}{' '}
      {claimedAt !== null && <small>+{duration(claimedAt - occurredAt)}</small>}
      {deadLetter && (
        <a href={link('dead-letters', service, 'any', deadLetter.id)}>
          {say(texts.letterStatuses)[deadLetter.status] ?? deadLetter.status}: {visible(deadLetter.error)}
        </a>
      )}
    </li>
  );
}

function Bytes({ orderId, messageId }: { readonly orderId: string; readonly messageId: string }) {
  const details = useSignal<MessageDetails | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const open = (): void => {
    get<MessageDetails>(`/api/orders/${orderId}/messages/${messageId}`).then(
      (found) => (details.value = found),
      (error: unknown) => (problem.value = error instanceof ApiError ? error.message : String(error)),
    );
  };
  if (details.value) return <BytesShown details={details.value} />;
  return (
    <p>
      <button type="button" onClick={open} data-action="bytes">
        {say(texts.showBytes)}
      </button>{' '}
      <small>{say(texts.bytesLogged)}</small>
      {problem.value !== undefined && <ErrorLine>{problem.value}</ErrorLine>}
    </p>
  );
}

function BytesShown({
  details: { bodyBase64, bodyBytes, schemaError, contract, properties, sql },
}: {
  readonly details: MessageDetails;
}) {
  const { text } = showBody(decodeBase64(bodyBase64));
  return (
    <>
      <p>
        {say(texts.bytes)(bodyBytes)}{' '}
        <Badge tone={schemaError === undefined ? 'good' : 'bad'}>
          {schemaError === undefined ? `✓ ${say(texts.schemaHolds)}` : visible(schemaError)}
        </Badge>{' '}
        <small>{contract}</small>
      </p>
      <pre tabIndex={0}>{text}</pre>
      <h3>{say(texts.properties)}</h3>
      <pre tabIndex={0}>{visible(JSON.stringify(properties, null, 2), true)}</pre>
      <h3>{say(texts.sql)}</h3>
      {sql.map((one) => (
        <div key={one.sql}>
          <small>{one.service}</small>
          <CommandLine command={one.sql} />
        </div>
      ))}
    </>
  );
}
