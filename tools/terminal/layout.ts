/** Text layout for a terminal, where a Chinese character is two columns wide. Pure functions over strings. */

// The part of Unicode's East_Asian_Width W and F (UAX #11) that occurs in printed texts and product names.
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6\p{Emoji_Presentation}]/u;
const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
// oxlint-disable-next-line no-control-regex -- colour codes begin with the control character ESC
const COLOUR = /\u001b\[[\d;]*m/g;

/** The width of a text in columns; colour codes and combining marks have none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text.replace(COLOUR, '')) {
    if (ZERO_WIDTH.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Pads a text with spaces to `width` columns; a wider text is returned unchanged. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + spaces : spaces + text;
}

/** Truncates a text without colour codes to at most `width` columns, ending in `…` if truncated. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

// A line breaks at spaces and around wide characters, but never before a closing or after an opening mark.
const OPENING = '(（「『《“‘';
const CLOSING = '),.;:!?，。；：、！？）」』》”’…';
const PIECE = new RegExp(
  `\\s+|[${OPENING}]*(?:${WIDE.source}|[^\\s${CLOSING}${OPENING}])[${CLOSING}]*|.`,
  'gu',
);

/** Wraps a text into lines of at most `width` columns. A longer word gets a separate line, unbroken. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of splitWords(text)) {
    if (line !== '' && displayWidth(line + word.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += line === '' ? word.trimStart() : word;
  }
  return [...lines, line.trimEnd()];
}

/** Splits at the possible line breaks: Latin words with their trailing space, and single wide characters. */
function splitWords(text: string): string[] {
  const words: string[] = [];
  let mayBreak = true;
  for (const [piece] of text.matchAll(PIECE)) {
    const isWide = WIDE.test(piece);
    const isSpace = /^\s/.test(piece);
    if (mayBreak || (isWide && !isSpace)) words.push(piece);
    else words.push((words.pop() ?? '') + piece);
    mayBreak = isWide || isSpace;
  }
  return words;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Truncated if the table would be too wide. At most one column may be elastic. Default: false. */
  readonly isElastic?: boolean;
}

const GAP = '  ';
const ELASTIC_WIDTH_MIN = 12;

/** Formats a table as lines: titles first, no trailing spaces. The elastic column shrinks to at least 12 columns. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  widthMax = Number.POSITIVE_INFINITY,
): string[] {
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const total = widths.reduce((sum, width) => sum + width, GAP.length * (columns.length - 1));
  const excess = Math.max(0, total - widthMax);
  const cell = (row: readonly string[], { align, isElastic }: Column, index: number): string => {
    const [text, width] = [row[index] ?? '', widths[index] ?? 0];
    if (!isElastic) return pad(text, width, align);
    const narrower = Math.min(width, Math.max(ELASTIC_WIDTH_MIN, width - excess));
    return pad(truncate(text, narrower), narrower, align);
  };
  return [columns.map(({ title }) => title), ...rows].map((row) =>
    columns
      .map((column, index) => cell(row, column, index))
      .join(GAP)
      .trimEnd(),
  );
}

const BARS = ' ▁▂▃▄▅▆▇█';

/** One bar per number, scaled so that `largest` is a full bar. Every positive number is visible. */
export function sparkline(numbers: readonly number[], largest = Math.max(...numbers, 1)): string {
  return numbers.map((number) => BARS[Math.ceil((number / largest) * (BARS.length - 1))] ?? ' ').join('');
}
