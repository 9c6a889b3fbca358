import { useSignal } from '@preact/signals';
import { go, link, path } from './router.js';
import { isPaused, language, openLetters, say, session, theme } from './state.js';
import { texts } from './texts.js';

/** Views, search, pause, language, colours. */
export function Header() {
  const [view = 'live'] = path.value;
  return (
    <header class="top">
      <a class="brand" href="#/">
        <span class="logo" aria-hidden="true" /> {say(texts.title)}
      </a>
      <nav aria-label={say(texts.mainNavigation)}>
        <Tab href="#/" isCurrent={view === 'live' || view === 'invariants'}>
          {say(texts.live)}
        </Tab>
        <Tab href={link('orders')} isCurrent={view === 'orders'}>
          {say(texts.orders)}
        </Tab>
        <Tab href={link('dead-letters')} isCurrent={view === 'dead-letters'}>
          {say(texts.deadLetters)} <LetterCount />
        </Tab>
        <Tab href={link('lab')} isCurrent={view === 'lab'}>
          {say(texts.lab)}
        </Tab>
      </nav>
      <Search />
      <Controls />
    </header>
  );
}

function Tab({
  href,
  isCurrent,
  children,
}: {
  readonly href: string;
  readonly isCurrent: boolean;
  readonly children: preact.ComponentChildren;
}) {
  return (
    <a href={href} class="tab" aria-current={isCurrent ? 'page' : undefined}>
      {children}
    </a>
  );
}

function LetterCount() {
  const count = openLetters.value;
  if (count === undefined || count === 0) return <span class="count">0</span>;
  return <span class="count bad">{count}</span>;
}

function Search() {
  const text = useSignal('');
  const submit = (event: Event): void => {
    event.preventDefault();
    const query = text.value.trim();
    if (query !== '') go('search', query);
  };
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input
        type="search"
        id="search"
        aria-label={say(texts.search)}
        placeholder={say(texts.search)}
        value={text}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Controls() {
  const isDark = theme.value === 'dark';
  return (
    <div class="controls">
      {session.value?.canAct === false && (
        <span class="badge quiet" title={say(texts.readOnlyHint)}>
          {say(texts.readOnly)}
        </span>
      )}
      <button type="button" aria-pressed={isPaused.value} onClick={() => (isPaused.value = !isPaused.value)}>
        {say(isPaused.value ? texts.resume : texts.pause)}
      </button>
      <button
        type="button"
        data-action="language"
        onClick={() => (language.value = language.value === 'en' ? 'zh' : 'en')}
      >
        {say(texts.otherLanguage)}
      </button>
      <button type="button" data-action="theme" onClick={() => (theme.value = isDark ? 'light' : 'dark')}>
        {say(isDark ? texts.light : texts.dark)}
      </button>
    </div>
  );
}
