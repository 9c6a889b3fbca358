import * as char from './characters.js';
import { referenceToken } from './json-pointer.js';
import { JsonRejectedError, type JsonRejectionReason } from './json-rejected.js';

const SIMPLE_ESCAPE = /^["\\/bfnrt]$/;
const FOUR_HEX_DIGITS = /^[0-9A-Fa-f]{4}$/;
const LITERALS = ['true', 'false', 'null'];

/** A number of up to 15 characters without an exponent never exceeds 2^53 − 1. */
const SAFE_NUMBER_LENGTH = 15;

/** An open object or array. */
interface Container {
  /** Decoded names of the members so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Name of the member being read; undefined in an array and between members. */
  name: string | undefined;
  /** Index of the element being read; 0 in an object. */
  index: number;
}

/**
 * One linear, non-recursive pass over a text. Accepts exactly the documents of RFC 8259 that are also strict (see
 * `JsonRejectionReason`). Memory: the current path and the member names on it. Use an instance once.
 */
export class JsonScan {
  private readonly containers: Container[] = [];
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly depthMax: number,
  ) {}

  /** @throws JsonRejectedError at the first fault in text order */
  run(): void {
    do this.readValue();
    while (this.goToNextValue());
  }

  /** Reads to the first scalar or empty container; the containers entered on the way stay open. */
  private readValue(): void {
    for (;;) {
      const code = this.skipWhitespace();
      if (code === char.OPEN_BRACE) {
        const names = new Set<string>();
        const container = this.enter(names);
        if (this.skipWhitespace() === char.CLOSE_BRACE) return this.leave();
        this.readName(container, names);
      } else if (code === char.OPEN_BRACKET) {
        this.enter(undefined);
        if (this.skipWhitespace() === char.CLOSE_BRACKET) return this.leave();
      } else return this.readScalar(code);
    }
  }

  /** Closes the containers that end here and moves to the next member or element; false at the end of the document. */
  private goToNextValue(): boolean {
    for (;;) {
      const code = this.skipWhitespace();
      const container = this.containers.at(-1);
      if (!container) return code === char.END ? false : this.reject('malformed', 'more than one value');
      if (code === char.COMMA) {
        this.at++;
        if (container.names) this.readName(container, container.names);
        else container.index++;
        return true;
      }
      if (code !== (container.names ? char.CLOSE_BRACE : char.CLOSE_BRACKET)) {
        this.reject(
          'malformed',
          `no comma or closing ${container.names ? 'brace' : 'bracket'} after a value`,
        );
      }
      this.leave();
    }
  }

  private enter(names: Set<string> | undefined): Container {
    if (this.containers.length >= this.depthMax) this.reject('too_deep', `more than ${this.depthMax} levels`);
    const container = { names, name: undefined, index: 0 };
    this.containers.push(container);
    this.at++;
    return container;
  }

  private leave(): void {
    this.containers.pop();
    this.at++;
  }

  /** Reads a member's name and the colon after it. */
  private readName(container: Container, names: Set<string>): void {
    container.name = undefined;
    if (this.skipWhitespace() !== char.QUOTE) this.reject('malformed', 'no member name');
    const start = this.at;
    const hasEscapes = this.readString();
    const name = hasEscapes
      ? (JSON.parse(this.text.slice(start, this.at)) as string)
      : this.text.slice(start + 1, this.at - 1);
    container.name = name;
    if (name === '__proto__') this.reject('forbidden_member', 'a member named __proto__');
    if (names.has(name)) this.reject('duplicate_member', 'a second member of the same name');
    names.add(name);
    if (this.skipWhitespace() !== char.COLON) this.reject('malformed', 'no colon after a member name');
    this.at++;
  }

  private readScalar(code: number): void {
    if (code === char.QUOTE) this.readString();
    else if (code === char.MINUS || char.isDigit(code)) this.readNumber();
    else {
      const literal = LITERALS.find((word) => this.text.startsWith(word, this.at));
      if (literal === undefined) this.reject('malformed', 'no value');
      this.at += literal.length;
    }
  }

  /** Reads a string including its quotes, and returns whether it contains an escape. */
  private readString(): boolean {
    let hasEscapes = false;
    this.at++;
    for (;;) {
      const code = this.skipPlainCharacters();
      if (code === char.QUOTE) break;
      if (code !== char.BACKSLASH) this.rejectCharacter(code);
      hasEscapes = true;
      this.readEscape();
    }
    this.at++;
    return hasEscapes;
  }

  private readEscape(): void {
    if (this.text.charCodeAt(this.at + 1) !== char.LOWER_U) {
      if (!SIMPLE_ESCAPE.test(this.text.charAt(this.at + 1))) this.reject('malformed', 'an unknown escape');
      this.at += 2;
      return;
    }
    const unit = this.readUnicodeEscape();
    if (unit === 0) this.reject('forbidden_character', 'an escaped NUL character');
    if (unit < 0xd800 || unit > 0xdfff) return;
    const low = unit < 0xdc00 && this.text.startsWith('\\u', this.at) ? this.readUnicodeEscape() : 0;
    if (low < 0xdc00 || low > 0xdfff) this.reject('forbidden_character', 'a lone surrogate');
  }

  /** Reads `\uXXXX` and returns the code unit. */
  private readUnicodeEscape(): number {
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (!FOUR_HEX_DIGITS.test(digits)) this.reject('malformed', 'an escape without four hexadecimal digits');
    this.at += 6;
    return Number.parseInt(digits, 16);
  }

  private readNumber(): void {
    const start = this.at;
    if (this.code() === char.MINUS) this.at++;
    if (this.code() === char.ZERO) this.at++;
    else this.readDigits();
    if (this.code() === char.DOT) {
      this.at++;
      this.readDigits();
    }
    const hasExponent = (this.code() | char.LOWER_CASE) === char.LOWER_E;
    if (hasExponent) {
      this.at++;
      if (this.code() === char.PLUS || this.code() === char.MINUS) this.at++;
      this.readDigits();
    }
    const isShort = this.at - start <= SAFE_NUMBER_LENGTH;
    if (hasExponent || !isShort) this.checkRange(Number(this.text.slice(start, this.at)));
  }

  private readDigits(): void {
    if (!char.isDigit(this.code())) this.reject('malformed', 'no digit in a number');
    do this.at++;
    while (char.isDigit(this.code()));
  }

  private checkRange(value: number): void {
    if (!Number.isFinite(value)) this.reject('number_out_of_range', 'a number too large for any reader');
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.reject('number_out_of_range', 'a whole number beyond 2^53 - 1');
    }
  }

  /** Moves to the next character that is not white space, and returns it. */
  private skipWhitespace(): number {
    for (;;) {
      const code = this.code();
      const isSpace =
        code === char.SPACE || code === char.LINE_FEED || code === char.CARRIAGE_RETURN || code === char.TAB;
      if (!isSpace) return code;
      this.at++;
    }
  }

  /** Moves to the next quote, backslash or control character, and returns it. */
  private skipPlainCharacters(): number {
    const { text } = this;
    let { at } = this;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === char.QUOTE || code === char.BACKSLASH || code < char.SPACE) break;
    }
    this.at = at;
    return this.code();
  }

  private code(): number {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : char.END;
  }

  private rejectCharacter(code: number): never {
    if (code === 0) this.reject('forbidden_character', 'a NUL character');
    this.reject(
      'malformed',
      code === char.END ? 'a string without an end' : 'a control character in a string',
    );
  }

  private reject(reason: JsonRejectionReason, fault: string): never {
    const pointer = this.pointer();
    const place = pointer === '' ? '' : ` at ${pointer}`;
    throw new JsonRejectedError(reason, `${fault}${place}, character ${this.at}`, pointer);
  }

  private pointer(): string {
    let pointer = '';
    for (const { names, name, index } of this.containers) {
      const key = names ? name : index;
      if (key !== undefined) pointer += referenceToken(key);
    }
    return pointer;
  }
}
