import type { DeadLetterDetails } from '../../protocol-records.js';
import type { ServiceName } from '../../protocol.js';
import { decodeBase64, showBody } from '../bytes.js';
import { dateTime } from '../date-time.js';
import { visible } from '../format.js';
import { Badge, CommandLine, Empty, ErrorLine, Facts, Panel } from '../parts/ui.js';
import { useData } from '../parts/use-data.js';
import { link } from '../router.js';
import { say, session } from '../state.js';
import { texts } from '../texts.js';
import { Actions } from './actions.js';
import { letterTones } from './letter-table.js';

/** One dead letter: why it failed, its bytes, and who did something about it. */
export function LetterDetails({ service, id }: { readonly service: ServiceName; readonly id: string }) {
  const { data, error, reload } = useData<DeadLetterDetails>(`/api/dead-letters/${service}/${id}`);
  const letter = data.value;
  if (error.value && !letter) return <ErrorLine>{error.value.message}</ErrorLine>;
  if (!letter) return <Empty>{say(texts.loading)}</Empty>;
  const ops = session.value?.opsCommand ?? 'npm run ops --';
  return (
    <Panel
      name="letter"
      title={
        <>
          <a href={link('dead-letters')}>{say(texts.deadLetters)}</a> /{' '}
          <a href={link('dead-letters', service, letter.cause)}>{visible(letter.failureReason)}</a> /{' '}
          <code>{visible(letter.type ?? '–')}</code>
        </>
      }
      aside={
        <Badge tone={letterTones[letter.status] ?? 'quiet'}>
          {say(texts.letterStatuses)[letter.status] ?? letter.status}
        </Badge>
      }
    >
      <p class="sentence" data-error>
        {visible(letter.error)}
      </p>
      <LetterFacts letter={letter} />
      <Actions
        service={service}
        selection={{ ids: [id] }}
        status={letter.status}
        onChanged={() => void reload()}
      />
      <LetterBody letter={letter} />
      <LetterInternals letter={letter} />
      <LetterHistory letter={letter} />
      <CommandLine command={`${ops} dead-letters show ${id}`} />
    </Panel>
  );
}

/** Stack and properties, folded. */
function LetterInternals({ letter }: { readonly letter: DeadLetterDetails }) {
  return (
    <>
      {letter.stack !== null && (
        <details>
          <summary>{say(texts.stack)}</summary>
          <pre tabIndex={0}>{visible(letter.stack, true)}</pre>
        </details>
      )}
      <details>
        <summary>{say(texts.properties)}</summary>
        <pre tabIndex={0}>{visible(JSON.stringify(letter.properties, null, 2), true)}</pre>
      </details>
    </>
  );
}

function LetterFacts({ letter }: { readonly letter: DeadLetterDetails }) {
  const { messageId, queue, exchange, routingKey, publishedBy, attempts, occurrences, claims, lastFailedAt } =
    letter;
  return (
    <Facts
      facts={[
        [say(texts.id), <code>{visible(messageId ?? '–')}</code>],
        [say(texts.queue), <code>{visible(queue)}</code>],
        [say(texts.route), <code>{visible(`${exchange} → ${routingKey}`)}</code>],
        [say(texts.publisher), visible(publishedBy ?? '–')],
        [say(texts.attempts), attempts],
        [say(texts.failedTimes), `${occurrences} ×, ${dateTime(lastFailedAt)}`],
        [say(texts.claims), claims.map(({ outcome }) => outcome).join(', ') || say(texts.none)],
      ]}
    />
  );
}

function LetterBody({ letter: { bodyBase64, bodyBytes } }: { readonly letter: DeadLetterDetails }) {
  const bytes = decodeBase64(bodyBase64);
  const isCut = bytes.length < bodyBytes;
  const { kind, text, hasSymbols } = showBody(bytes, isCut);
  return (
    <section>
      <h3>
        {say(texts.body)}{' '}
        <small>
          {[
            say(texts.bytes)(bodyBytes),
            isCut ? say(texts.firstBytes)(bytes.length) : '',
            kind === 'hex' ? say(texts.notUtf8) : '',
            hasSymbols ? say(texts.controlShown) : '',
          ]
            .filter((part) => part !== '')
            .join(' · ')}
        </small>
      </h3>
      <pre tabIndex={0} data-body={kind} class={kind}>
        {text}
      </pre>
    </section>
  );
}

function LetterHistory({ letter: { actions } }: { readonly letter: DeadLetterDetails }) {
  return (
    <section>
      <h3>{say(texts.history)}</h3>
      {actions.length === 0 && <p class="hint">{say(texts.noHistory)}</p>}
      <ul class="history">
        {actions.map(({ at, action, operator, reason }, index) => (
          <li key={index}>
            <span class="time">{dateTime(at)}</span> <b>{action}</b> {visible(operator)}: {visible(reason)}
          </li>
        ))}
      </ul>
    </section>
  );
}
