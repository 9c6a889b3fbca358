const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
const ZERO = 48;
const NINE = 57;

/** A word of ASCII letters, digits and dashes; or what else stands between two words, spaces excepted. */
const WORD_OR_BREAK = /[A-Za-z0-9-]+|[^A-Za-z0-9 -]+/g;
const DIGITS_AND_DASHES = /^[0-9-]+$/;
const DIGIT = /[0-9]/;

/**
 * Says whether a text holds something that must be taken for a payment card number.
 *
 * - A word is a run of ASCII letters, digits and dashes. A word with a letter in it is an identifier (a UUID, a ULID,
 *   a hash, a SKU like `TEA-6901234567892`) and never a card number, nor part of one.
 * - A card number is one word without a letter, or several with only spaces between them, that together have 13 to 19
 *   digits and pass the Luhn check (ISO/IEC 7812-1), whatever other words stand before or after:
 *   `4111111111111111`, `4111-1111-1111-1111`, `4111 1111 1111 1111 12 28`.
 * - Every other character ends a word, underscores and Chinese characters included: `卡号4111111111111111` and
 *   `tok_4111111111111111` hold one.
 *
 * It errs on both sides, knowingly. One in ten digit runs of that length passes Luhn by chance, a bar code or a time in
 * milliseconds among them, so an identifier should have a letter in it. A card number glued to an ASCII letter
 * (`visa4111111111111111`) is taken for an identifier.
 */
export function hasCardNumber(text: string): boolean {
  if (!hasEnoughDigits(text)) return false;
  let words: string[] = [];
  for (const [part] of text.matchAll(WORD_OR_BREAK)) {
    if (!DIGITS_AND_DASHES.test(part)) words = [];
    else if (DIGIT.test(part)) {
      words.push(part.replaceAll('-', ''));
      if (endsWithCardNumber(words)) return true;
    }
  }
  return false;
}

/** Spares nearly every text the closer look. */
function hasEnoughDigits(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length && digits < DIGITS_MIN; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) digits++;
  }
  return digits === DIGITS_MIN;
}

/** The last word alone, or as many of the last ones as a card number can have digits. */
function endsWithCardNumber(words: readonly string[]): boolean {
  let digits = '';
  for (let last = words.length - 1; last >= 0; last--) {
    digits = words[last] + digits;
    if (digits.length > DIGITS_MAX) return false;
    if (digits.length >= DIGITS_MIN && passesLuhn(digits)) return true;
  }
  return false;
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - ZERO;
    const doubled = digit * 2;
    sum += place % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
