import { render } from 'preact';
import type { Session } from '../protocol.js';
import { get } from './api.js';
import { clock } from './format.js';
import { Header } from './header.js';
import { LabView } from './lab/lab-view.js';
import { DeadLettersView } from './letters/dead-letters-view.js';
import { InvariantStrip, InvariantsView } from './live/invariants.js';
import { OrdersPanel } from './live/orders-table.js';
import { Rates } from './live/rates.js';
import { Topology } from './live/topology.js';
import { OrderView } from './order/order-view.js';
import { ErrorLine, Problems } from './parts/ui.js';
import { path } from './router.js';
import { SearchView } from './search-view.js';
import { connect, connection, isPaused, live, say, session } from './state.js';
import { texts } from './texts.js';

function App() {
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        {say(texts.skip)}
      </a>
      <Header />
      <Notices />
      <main id="main" tabIndex={-1}>
        <h1 class="visually-hidden">{say(texts.title)}</h1>
        <InvariantStrip />
        <View />
      </main>
    </>
  );
}

function View() {
  const [view = 'live', ...rest] = path.value;
  if (view === 'orders' && rest[0] !== undefined) return <OrderView id={rest[0]} messageId={rest[1]} />;
  if (view === 'orders') return <OrdersPanel />;
  if (view === 'dead-letters') return <DeadLettersView service={rest[0]} cause={rest[1]} id={rest[2]} />;
  if (view === 'lab') return <LabView />;
  if (view === 'search') return <SearchView query={rest[0] ?? ''} />;
  if (view === 'invariants') return <InvariantsView />;
  return (
    <>
      <Topology />
      <Rates />
      <OrdersPanel />
    </>
  );
}

function Notices() {
  const state = connection.value;
  return (
    <div class="notices">
      {state === 'lost' && <ErrorLine>{say(texts.disconnected)}</ErrorLine>}
      {state === 'ended' && <ErrorLine>{say(texts.sessionEnded)}</ErrorLine>}
      {isPaused.value && live.value && (
        <p class="note">
          {say(texts.paused)} {clock(live.value.at)}
        </p>
      )}
      <Problems problems={live.value?.problems ?? []} />
    </div>
  );
}

/** The address has the view, so the link to the content moves the focus itself. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

/** `/` moves the focus to the search, Escape leaves it. */
function handleKey(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
  if (event.key === 'Escape' && isTyping) event.target.blur();
  if (event.key !== '/' || isTyping) return;
  event.preventDefault();
  document.getElementById('search')?.focus();
}

render(<App />, document.getElementById('app')!);
addEventListener('keydown', handleKey);
connect();
void get<Session>('/api/session').then((found) => (session.value = found));
