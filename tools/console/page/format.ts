/** `0 ms`, `0.4 ms`, `63 ms`, `1.24 s`, `3 min 20 s`, `2 h 5 min` */
export function duration(ms: number): string {
  if (ms > 0 && ms < 1) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(2)} s`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(ms / 3_600_000)} h ${Math.floor((ms % 3_600_000) / 60_000)} min`;
}

/** `258.00 CNY`, from minor units. */
export function money(amount: number, currency: string): string {
  return `${(amount / 100).toLocaleString('en', { minimumFractionDigits: 2 })} ${currency}`;
}

/** `14:03:27`, or with milliseconds `14:03:27.123`, in the browser's time zone. */
export function clock(at: number, digits: 0 | 3 = 0): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return digits === 3 ? `${time}.${String(date.getMilliseconds()).padStart(3, '0')}` : time;
}

/** The end of an id: the beginning of a UUIDv7 is its time, equal for many. */
export function shortId(id: string): string {
  return id.slice(-8);
}

/** `1,234`, `0.5`, or `–` for an unknown figure. */
export function figure(value: number | null | undefined, digits = 0): string {
  if (value === null || value === undefined) return '–';
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? digits : 0 });
}

const SYMBOLS = new Map([
  ...Array.from({ length: 32 }, (_, code) => [code, String.fromCodePoint(0x24_00 + code)] as const),
  [0x7f, '␡'],
]);

/**
 * Text of a message or an error, made visible: control characters as symbols, invisible and direction-changing characters
 * as `⟨U+202E⟩`. Line breaks and tabs are kept when `isMultiline`.
 */
export function visible(text: string, isMultiline = false): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    if (isMultiline && (character === '\n' || character === '\t')) return character;
    const code = character.codePointAt(0) ?? 0;
    return SYMBOLS.get(code) ?? `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}
