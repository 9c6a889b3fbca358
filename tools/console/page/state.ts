import { computed, effect, signal } from '@preact/signals';
import type { LiveSnapshot, RatePoint, Session } from '../protocol.js';
import type { Pair } from './texts.js';

const HISTORY_MAX = 300;

export type Language = 'en' | 'zh';
export type Theme = 'light' | 'dark';

export const session = signal<Session | undefined>(undefined);
export const live = signal<LiveSnapshot | undefined>(undefined);
export const points = signal<readonly RatePoint[]>([]);
export const connection = signal<'connecting' | 'open' | 'lost' | 'ended'>('connecting');
export const isPaused = signal(false);
/** The current time, every second: for ages and countdowns. */
export const now = signal(Date.now());

export const language = signal<Language>(
  readStored('language', ['en', 'zh']) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = signal<Theme>(
  readStored('theme', ['light', 'dark']) ??
    (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  localStorage.setItem('language', language.value);
});
effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  localStorage.setItem('theme', theme.value);
});

/** The text in the current language. */
export function say<Value>(text: Pair<Value>): Value {
  return text[language.value];
}

/** Open dead letters over all services; undefined while a service is unknown. */
export const openLetters = computed(() => {
  const services = live.value?.services;
  if (!services) return undefined;
  return Object.values(services).reduce((sum, { deadLetters = 0 }) => sum + deadLetters, 0);
});

/** Opens the stream of snapshots. A lost connection is opened again by the browser; an ended session is not. */
export function connect(): void {
  const source = new EventSource('/api/live');
  source.addEventListener('open', () => (connection.value = 'open'));
  source.addEventListener('error', () => {
    connection.value = source.readyState === EventSource.CLOSED ? 'ended' : 'lost';
    if (source.readyState === EventSource.CLOSED) void reconnect();
  });
  source.addEventListener('history', ({ data }: MessageEvent<string>) => {
    points.value = JSON.parse(data) as readonly RatePoint[];
  });
  source.addEventListener('live', ({ data }: MessageEvent<string>) => {
    now.value = Date.now();
    if (isPaused.value) return;
    const snapshot = JSON.parse(data) as LiveSnapshot;
    live.value = snapshot;
    points.value = [...points.value.slice(1 - HISTORY_MAX), toPoint(snapshot)];
  });
}

/** After an error status: a restarted console has no session of this browser, an unavailable one is tried again. */
async function reconnect(): Promise<void> {
  const status = await fetch('/api/session').then(
    (response) => response.status,
    () => 0,
  );
  if (status === 401) return;
  connection.value = 'lost';
  setTimeout(connect, 2_000);
}

function toPoint({
  at,
  acceptedPerSecond,
  p50,
  p99,
  gateway,
  retries,
  services,
  queues,
}: LiveSnapshot): RatePoint {
  const lags = Object.values(services).flatMap(({ outboxOldestMs }) => outboxOldestMs ?? []);
  return {
    at,
    accepted: acceptedPerSecond,
    p50,
    p99,
    inFlight: gateway.inFlight ?? null,
    retries: Object.values(retries).reduce((sum, count) => sum + count, 0),
    lag: lags.length === 0 ? null : Math.max(...lags),
    depths: Object.fromEntries(queues.map(({ name, ready }) => [name, ready])),
  };
}

function readStored<Value extends string>(key: string, allowed: readonly Value[]): Value | undefined {
  return allowed.find((value) => value === localStorage.getItem(key));
}
