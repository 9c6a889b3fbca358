import { visible } from './format.js';

/** A body as text that is safe to show. */
export interface ShownBody {
  readonly kind: 'json' | 'text' | 'hex';
  readonly text: string;
  /** Whether control or invisible characters were replaced by symbols. */
  readonly hasSymbols: boolean;
}

/** Most bytes of a hexadecimal dump: a dump is five times as long as its bytes. */
const HEX_MAX = 4_096;

export function decodeBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Shows JSON indented, other UTF-8 as text, and any other bytes as a hexadecimal dump.
 *
 * @param isCut whether the bytes end early, perhaps inside a character
 */
export function showBody(bytes: Uint8Array, isCut = false): ShownBody {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return { kind: 'hex', text: hexDump(bytes.subarray(0, HEX_MAX)), hasSymbols: false };
  }
  const shown = indent(text);
  const safe = visible(shown ?? text, true);
  return { kind: shown === undefined ? 'text' : 'json', text: safe, hasSymbols: safe !== (shown ?? text) };
}

/** Indents valid JSON without changing a token: parsing would round long numbers and drop repeated members. */
function indent(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  let depth = 0;
  const newline = (change: number): string => `\n${'  '.repeat((depth += change))}`;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[^\s{}[\],:"]+|[{}[\],:]/gs) ?? [];
  return tokens
    .map((token, index) => {
      if (token === ',') return `,${newline(0)}`;
      if (token === ':') return ': ';
      const isOpening = token === '{' || token === '[';
      const isEmpty = isOpening && /^[}\]]$/.test(tokens[index + 1] ?? '');
      if (isOpening) return isEmpty ? token : token + newline(1);
      if (token !== '}' && token !== ']') return token;
      return /^[{[]$/.test(tokens[index - 1] ?? '') ? token : newline(-1) + token;
    })
    .join('');
}

/** `00000010  7b 22 73 70 …  {"sp…` */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 16) {
    const row = [...bytes.subarray(offset, offset + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${offset.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines.join('\n');
}
