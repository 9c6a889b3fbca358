import { type Signal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ActionOutcome, ReplayProgress } from '../../protocol-records.js';
import type { ServiceName } from '../../protocol.js';
import { ApiError, get, post } from '../api.js';
import { ErrorLine } from '../parts/ui.js';
import { say, session } from '../state.js';
import { texts } from '../texts.js';

type Selection = { readonly cause: string } | { readonly ids: readonly string[] };

interface Props {
  readonly service: ServiceName;
  readonly selection: Selection;
  readonly status: string;
  readonly onChanged: () => void;
}

interface State {
  readonly reason: Signal<string>;
  /** The count of the dry run, which the action must find again. */
  readonly counted: Signal<number | undefined>;
  readonly problem: Signal<string | undefined>;
  readonly note: Signal<string | undefined>;
  readonly replay: Signal<string | undefined>;
}

/** Dry run, then replay or discard with a reason; or reopen. */
export function Actions(props: Props) {
  const state: State = {
    reason: useSignal(''),
    counted: useSignal<number | undefined>(undefined),
    problem: useSignal<string | undefined>(undefined),
    note: useSignal<string | undefined>(undefined),
    replay: useSignal<string | undefined>(undefined),
  };
  const { status, service } = props;
  if (status !== 'open' && status !== 'discarded') return null;
  const canAct = session.value?.canAct === true;
  const isOpen = status === 'open';
  return (
    <div class="actions" title={canAct ? undefined : say(texts.readOnlyHint)}>
      <div class="row">
        <button type="button" disabled={!canAct} data-action="dry-run" onClick={() => dryRun(props, state)}>
          {say(texts.dryRun)}
        </button>
        {state.counted.value !== undefined && <Confirmation props={props} state={state} isOpen={isOpen} />}
      </div>
      {isOpen && state.counted.value !== undefined && (
        <p data-dry-run>{say(texts.dryRunResult)(state.counted.value)}</p>
      )}
      {state.problem.value !== undefined && <ErrorLine>{state.problem.value}</ErrorLine>}
      {state.note.value !== undefined && (
        <p class="note" role="status">
          {state.note.value}
        </p>
      )}
      {state.replay.value !== undefined && (
        <Progress
          service={service}
          id={state.replay.value}
          onChanged={props.onChanged}
          key={state.replay.value}
        />
      )}
    </div>
  );
}

function Confirmation({
  props,
  state,
  isOpen,
}: {
  readonly props: Props;
  readonly state: State;
  readonly isOpen: boolean;
}) {
  const count = state.counted.value ?? 0;
  return (
    <>
      <input
        class="reason"
        aria-label={say(texts.reason)}
        placeholder={say(texts.reason)}
        value={state.reason}
        onInput={(event) => (state.reason.value = event.currentTarget.value)}
      />
      {isOpen && (
        <button
          type="button"
          class="primary"
          data-action="replay"
          onClick={() => act(props, state, 'replay')}
        >
          {say(texts.replay)(count)}
        </button>
      )}
      <button
        type="button"
        data-action={isOpen ? 'discard' : 'reopen'}
        onClick={() => act(props, state, isOpen ? 'discard' : 'reopen')}
      >
        {say(isOpen ? texts.discard : texts.reopen)(count)}
      </button>
    </>
  );
}

function dryRun({ service, selection, status }: Props, state: State): void {
  const action = status === 'open' ? 'replay' : 'reopen';
  state.problem.value = undefined;
  state.note.value = undefined;
  post<ActionOutcome>(`/api/dead-letters/${service}/${action}`, selection).then(
    ({ count }) => (state.counted.value = count),
    (error: unknown) => (state.problem.value = describe(error)),
  );
}

function act(
  { service, selection, onChanged }: Props,
  state: State,
  action: 'replay' | 'discard' | 'reopen',
): void {
  const reason = state.reason.value.trim();
  if (reason === '') {
    state.problem.value = say(texts.reasonMissing);
    return;
  }
  state.problem.value = undefined;
  post<ActionOutcome>(`/api/dead-letters/${service}/${action}`, {
    ...selection,
    expect: state.counted.value,
    reason,
  }).then(
    ({ count, requestId }) => {
      if (action === 'replay') state.replay.value = requestId;
      else state.note.value = say(action === 'discard' ? texts.discarded : texts.reopened)(count);
      state.counted.value = undefined;
      onChanged();
    },
    (error: unknown) => {
      state.problem.value = describe(error);
      state.counted.value = undefined;
    },
  );
}

/** A stale count has a text of the page; any other error is the service's. */
function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error);
  const { expected, found } = error.problem;
  return expected !== undefined && found !== undefined
    ? say(texts.staleCount)(expected, found)
    : error.message;
}

const POLL_MS = 300;

/** Reads the progress until no dead letter waits, then calls `onChanged`. */
function usePolling(
  url: string,
  progress: Signal<ReplayProgress | undefined>,
  problem: Signal<string | undefined>,
  onChanged: () => void,
): void {
  useEffect(() => {
    let timer = 0;
    const read = (): void => {
      get<ReplayProgress>(url).then(
        (found) => {
          progress.value = found;
          if (found.waiting > 0) timer = window.setTimeout(read, POLL_MS);
          else onChanged();
        },
        (error: unknown) => (problem.value = describe(error)),
      );
    };
    read();
    return () => clearTimeout(timer);
  }, [url]);
}

function Progress({
  service,
  id,
  onChanged,
}: {
  readonly service: ServiceName;
  readonly id: string;
  readonly onChanged: () => void;
}) {
  const progress = useSignal<ReplayProgress | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  usePolling(`/api/replays/${service}/${id}`, progress, problem, onChanged);
  const { sent = 0, total = 0, waiting = 1 } = progress.value ?? {};
  const stop = (): void =>
    void post(`/api/replays/${service}/${id}/stop`).catch(
      (error: unknown) => (problem.value = describe(error)),
    );
  return (
    <div class="progress" role="status" data-progress={waiting === 0 ? 'done' : 'running'}>
      <progress max={Math.max(1, total)} value={sent} aria-label={say(texts.replayProgress)(sent, total)} />
      <span>{say(texts.replayProgress)(sent, total)}</span>
      {waiting > 0 ? (
        <button type="button" class="small" onClick={stop}>
          {say(texts.stop)}
        </button>
      ) : (
        <span>{say(texts.replayDone)}</span>
      )}
      {problem.value !== undefined && <ErrorLine>{problem.value}</ErrorLine>}
    </div>
  );
}
