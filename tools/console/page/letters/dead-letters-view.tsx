import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { DeadLetterGroup, DeadLetterRow } from '../../protocol-records.js';
import type { ServiceName, SourceProblem } from '../../protocol.js';
import { dateTime } from '../date-time.js';
import { visible } from '../format.js';
import { CommandLine, Empty, ErrorLine, Panel, Problems } from '../parts/ui.js';
import { useData } from '../parts/use-data.js';
import { go, link } from '../router.js';
import { live, openLetters, say, session } from '../state.js';
import { texts } from '../texts.js';
import { Actions } from './actions.js';
import { LetterDetails } from './letter-details.js';
import { LetterTable } from './letter-table.js';

interface Props {
  readonly service: string | undefined;
  readonly cause: string | undefined;
  readonly id: string | undefined;
}

/** `#/dead-letters/<service>/<cause>/<id>`: the groups, the dead letters of one, one of them. */
export function DeadLettersView({ service, cause, id }: Props) {
  if (service !== undefined && id !== undefined)
    return <LetterDetails service={service as ServiceName} id={id} />;
  if (service !== undefined && cause !== undefined)
    return <GroupView service={service as ServiceName} cause={cause} />;
  return <Groups />;
}

const STATUSES = ['open', 'replaying', 'replayed', 'discarded'];

export function StatusChoice({
  status,
  onChoose,
}: {
  readonly status: string;
  readonly onChoose: (status: string) => void;
}) {
  return (
    <label class="choice">
      {say(texts.status)}{' '}
      <select value={status} onChange={(event) => onChoose(event.currentTarget.value)}>
        {STATUSES.map((one) => (
          <option value={one} key={one}>
            {say(texts.letterStatuses)[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

interface GroupsBody {
  readonly groups: readonly DeadLetterGroup[];
  readonly problems: readonly SourceProblem[];
}

function Groups() {
  const status = useSignal('open');
  const { data, error, reload } = useData<GroupsBody>(`/api/dead-letters?status=${status.value}`);
  useEffect(() => void reload(), [openLetters.value]);
  const body = data.value;
  return (
    <Panel
      title={say(texts.deadLetters)}
      aside={<StatusChoice status={status.value} onChoose={(chosen) => (status.value = chosen)} />}
      name="dead-letters"
    >
      {error.value && <ErrorLine>{error.value.message}</ErrorLine>}
      <Problems problems={body?.problems ?? []} />
      {body && body.groups.length === 0 && <NoLetters />}
      {body && body.groups.length > 0 && <GroupTable groups={body.groups} status={status.value} />}
    </Panel>
  );
}

function NoLetters() {
  return (
    <Empty>
      {say(texts.noDeadLetters)}{' '}
      {session.value?.hasLab === true && <a href={link('lab')}>{say(texts.tryHalfMessage)}</a>}
    </Empty>
  );
}

function GroupTable({
  groups,
  status,
}: {
  readonly groups: readonly DeadLetterGroup[];
  readonly status: string;
}) {
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={say(texts.deadLetters)}>
        <table class="groups">
          <thead>
            <tr>
              <th class="number">{say(texts.countColumn)}</th>
              <th>{say(texts.service)}</th>
              <th>{say(texts.event)}</th>
              <th>{say(texts.cause)}</th>
              <th>{say(texts.error)}</th>
              <th>{say(texts.lastFailed)}</th>
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow group={group} key={`${group.service} ${group.cause}`} />
            ))}
          </tbody>
        </table>
      </div>
      <CommandLine
        command={`${session.value?.opsCommand ?? 'npm run ops --'} dead-letters groups --status ${status}`}
      />
    </>
  );
}

function GroupRow({
  group: { service, cause, count, type, failureReason, error, lastFailedAt },
}: {
  readonly group: DeadLetterGroup;
}) {
  return (
    <tr onClick={() => go('dead-letters', service, cause)} data-cause={cause} data-service={service}>
      <td class="number">
        <b>{count}</b>
      </td>
      <td>{say(texts[service])}</td>
      <td>
        <code>{visible(type ?? '–')}</code>
      </td>
      <td>
        <a href={link('dead-letters', service, cause)}>{visible(failureReason)}</a>
      </td>
      <td class="items">{visible(error)}</td>
      <td class="time">{dateTime(lastFailedAt)}</td>
    </tr>
  );
}

interface LettersBody {
  readonly total: number;
  readonly letters: readonly DeadLetterRow[];
}

function GroupView({ service, cause }: { readonly service: ServiceName; readonly cause: string }) {
  const status = useSignal('open');
  const url = `/api/dead-letters/${service}?status=${status.value}&cause=${encodeURIComponent(cause)}`;
  const { data, error, reload } = useData<LettersBody>(url);
  const count = live.value?.services[service].deadLetters;
  useEffect(() => void reload(), [count]);
  const body = data.value;
  const [first] = body?.letters ?? [];
  return (
    <Panel
      name="group"
      title={
        <>
          <a href={link('dead-letters')}>{say(texts.deadLetters)}</a> / {say(texts[service])} /{' '}
          <code>{visible(first?.failureReason ?? cause)}</code>
        </>
      }
      aside={<StatusChoice status={status.value} onChoose={(chosen) => (status.value = chosen)} />}
    >
      {error.value && <ErrorLine>{error.value.message}</ErrorLine>}
      {first && <p class="sentence">{visible(first.error)}</p>}
      <Actions
        service={service}
        selection={{ cause }}
        status={status.value}
        onChanged={() => void reload()}
      />
      {body && body.letters.length === 0 && <NoLetters />}
      {body && body.letters.length > 0 && (
        <LetterTable letters={body.letters.map((letter) => ({ ...letter, service }))} />
      )}
      {body && body.total > body.letters.length && <p class="hint">{say(texts.moreLetters)(body.total)}</p>}
      <CommandLine
        command={`${session.value?.opsCommand ?? 'npm run ops --'} dead-letters replay --service ${service} --cause ${cause} --reason "…"`}
      />
    </Panel>
  );
}
