import { useSignal } from '@preact/signals';
import type { AuditState, Invariant } from '../../protocol.js';
import { post } from '../api.js';
import { duration } from '../format.js';
import { link } from '../router.js';
import { live, now, say } from '../state.js';
import { texts } from '../texts.js';
import type { Pair } from '../texts.js';
import { Badge, Empty, Panel } from '../parts/ui.js';

const IDS = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'Q1', 'Q2', 'Q3', 'Q4', 'Q5', 'Q6', 'Q7'];

/** The strip above every live view: nothing lost, doubled or oversold, and the mark of each invariant. */
export function InvariantStrip() {
  const audit = live.value?.audit;
  const results = new Map([...(audit?.instant ?? []), ...(audit?.idle ?? [])].map((one) => [one.id, one]));
  return (
    <section class="strip" aria-label={say(texts.invariants)}>
      <Total name={texts.lost} hint={texts.lostHint} count={audit?.lost} />
      <Total name={texts.doubled} hint={texts.doubledHint} count={audit?.doubled} />
      <Total name={texts.oversold} hint={texts.oversoldHint} count={audit?.oversold} />
      <a class="marks" href={link('invariants')}>
        {IDS.map((id) => (
          <Mark id={id} key={id} result={results.get(id)} />
        ))}
      </a>
      <span class="ago">{describeAge(audit)}</span>
      <CheckButton />
    </section>
  );
}

function Total({
  name,
  hint,
  count,
}: {
  readonly name: Pair<string>;
  readonly hint: Pair<string>;
  readonly count: number | null | undefined;
}) {
  const tone = count === 0 ? 'good' : count ? 'bad' : 'quiet';
  return (
    <span class={`total ${tone}`} title={say(hint)}>
      {say(name)} <b>{count ?? '–'}</b>
    </span>
  );
}

function Mark({ id, result }: { readonly id: string; readonly result: Invariant | undefined }) {
  const sign = result === undefined ? '·' : result.holds ? '✓' : '✗';
  const state = result === undefined ? texts.notChecked : result.holds ? texts.holds : texts.violated;
  return (
    <span
      class={`mark ${result === undefined ? 'none' : result.holds ? 'good' : 'bad'}`}
      title={result && say(result.statement)}
    >
      {id}
      <span aria-label={say(state)} role="img">
        {sign}
      </span>
    </span>
  );
}

export function CheckButton() {
  const isRunning = useSignal(false);
  const check = (): void => {
    isRunning.value = true;
    void post('/api/audit')
      .catch(() => undefined)
      .finally(() => (isRunning.value = false));
  };
  return (
    <button type="button" class="small" onClick={check} disabled={isRunning.value}>
      {say(isRunning.value ? texts.checking : texts.checkAll)}
    </button>
  );
}

function describeAge(audit: AuditState | undefined): string {
  if (!audit?.instantAt) return say(texts.notChecked);
  const seconds = Math.max(1, Math.round((now.value - audit.instantAt) / 1_000));
  return say(texts.checkedAgo)(seconds < 120 ? `${seconds} s` : duration(seconds * 1_000));
}

/** `#/invariants`: each invariant with its statement and its violations. */
export function InvariantsView() {
  const audit = live.value?.audit;
  const all = [...(audit?.instant ?? []), ...(audit?.idle ?? [])];
  return (
    <Panel title={say(texts.invariants)} aside={<CheckButton />} name="invariants">
      {(audit?.pending ?? []).length > 0 && (
        <Empty>
          {say(texts.notIdle)} {audit?.pending.map((text) => say(text)).join(' · ')}
        </Empty>
      )}
      <ul class="invariants">
        {all.map((one) => (
          <InvariantRow key={one.id} invariant={one} />
        ))}
      </ul>
    </Panel>
  );
}

function InvariantRow({ invariant }: { readonly invariant: Invariant }) {
  const { id, statement, holds, checked, violations, unchecked } = invariant;
  return (
    <li>
      <Badge tone={holds ? 'good' : 'bad'}>
        {id} {holds ? '✓' : '✗'}
      </Badge>
      <span>{say(statement)}</span>
      <small>{say(texts.rowsChecked)(checked)}</small>
      {unchecked.map((text) => (
        <small key={text.en}>{say(text)}</small>
      ))}
      {violations.map(({ problem, facts }, index) => (
        <p class="error" key={index}>
          {say(problem)}: <code>{JSON.stringify(facts)}</code>
        </p>
      ))}
    </li>
  );
}
