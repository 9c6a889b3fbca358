import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { SourceProblem } from '../../protocol.js';
import { clock, visible } from '../format.js';
import { say } from '../state.js';
import { texts } from '../texts.js';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet';

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function Panel({
  title,
  aside,
  children,
  name,
}: {
  readonly title: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly name?: string;
}) {
  return (
    <section class={`panel panel-${name ?? 'plain'}`} data-panel={name}>
      <header>
        <h2>{title}</h2>
        {aside !== undefined && <div class="aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** A line of a shell with a button that copies it. */
export function CommandLine({ command }: { readonly command: string }) {
  const isCopied = useSignal(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(command).then(() => {
      isCopied.value = true;
      setTimeout(() => (isCopied.value = false), 1_500);
    });
  };
  return (
    <div class="command">
      <code tabIndex={0}>{visible(command)}</code>
      <button type="button" class="small" onClick={copy}>
        {say(isCopied.value ? texts.copied : texts.copy)}
      </button>
    </div>
  );
}

/** An empty view: what it would show, and the next step. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

/** A failed request, or a source that cannot be read. */
export function ErrorLine({ children }: { readonly children: ComponentChildren }) {
  return (
    <p class="error" role="alert">
      {children}
    </p>
  );
}

export function Problems({ problems }: { readonly problems: readonly SourceProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul class="problems" role="status">
      {problems.map(({ source, problem, since }) => (
        <li key={source}>
          <b>{source}</b> {say(texts.unavailable)} {say(texts.since)} {clock(since)}: {visible(problem)}
        </li>
      ))}
    </ul>
  );
}

/** A list of facts: names and values. */
export function Facts({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function statusTone(status: string): Tone {
  if (status === 'completed') return 'good';
  if (status === 'cancelled') return 'quiet';
  return status === 'cancelling' ? 'warn' : 'info';
}
