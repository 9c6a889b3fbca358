import type { DeadLetterRow } from '../../protocol-records.js';
import type { ServiceName } from '../../protocol.js';
import { dateTime } from '../date-time.js';
import { shortId, visible } from '../format.js';
import { Badge, type Tone } from '../parts/ui.js';
import { go, link } from '../router.js';
import { say } from '../state.js';
import { texts } from '../texts.js';

export const letterTones: Readonly<Record<string, Tone>> = {
  open: 'bad',
  replaying: 'info',
  replayed: 'good',
  discarded: 'quiet',
};

export function LetterTable({
  letters,
}: {
  readonly letters: readonly (DeadLetterRow & { readonly service: ServiceName })[];
}) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={say(texts.deadLetters)}>
      <table class="letters">
        <thead>
          <tr>
            <th>{say(texts.lastFailed)}</th>
            <th>{say(texts.id)}</th>
            <th>{say(texts.queue)}</th>
            <th>{say(texts.status)}</th>
            <th class="number">{say(texts.attempts)}</th>
            <th>{say(texts.error)}</th>
          </tr>
        </thead>
        <tbody>
          {letters.map((letter) => (
            <Row letter={letter} key={letter.id} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ letter }: { readonly letter: DeadLetterRow & { readonly service: ServiceName } }) {
  const { id, service, cause, queue, status, attempts, error, lastFailedAt } = letter;
  return (
    <tr onClick={() => go('dead-letters', service, cause, id)} data-letter={id}>
      <td class="time">{dateTime(lastFailedAt)}</td>
      <td>
        <a href={link('dead-letters', service, cause, id)} class="mono" title={id}>
          {shortId(id)}
        </a>
      </td>
      <td>
        <code>{visible(queue)}</code>
      </td>
      <td>
        <Badge tone={letterTones[status] ?? 'quiet'}>{say(texts.letterStatuses)[status] ?? status}</Badge>
      </td>
      <td class="number">{attempts}</td>
      <td class="items">{visible(error)}</td>
    </tr>
  );
}
