const DIGITS_MIN = 13;
const DIGITS_MAX = 19;
const ZERO = 48;
const NINE = 57;

/** A word of ASCII letters, digits and dashes, or a run of other characters except spaces. */
const WORD_OR_BREAK = /[A-Za-z0-9-]+|[^A-Za-z0-9 -]+/g;
const DIGITS_AND_DASHES = /^[0-9-]+$/;
const DIGIT = /[0-9]/;

/**
 * Whether a text contains a payment card number, by these rules:
 *
 * - A word is a run of ASCII letters, digits and dashes. A word with a letter in it is an identifier (a UUID, a ULID,
 *   a hash, a SKU like `TEA-6901234567892`) and never a card number, nor part of one.
 * - A card number is one word without a letter, or several with only spaces between them, that together have 13 to 19
 *   digits and pass the Luhn check (ISO/IEC 7812-1), regardless of the words before and after:
 *   `4111111111111111`, `4111-1111-1111-1111`, `4111 1111 1111 1111 12 28`.
 * - Every other character ends a word, including underscores and Chinese characters: `卡号4111111111111111` and
 *   `tok_4111111111111111` contain one.
 *
 * Known errors: one in ten digit runs of that length passes Luhn by chance, for example a bar code or a time in
 * milliseconds, so identifiers should have a letter. A card number next to an ASCII letter (`visa4111111111111111`) is
 * taken for an identifier.
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

/** Cheap first test: nearly every text has fewer than 13 digits. */
function hasEnoughDigits(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length && digits < DIGITS_MIN; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) digits++;
  }
  return digits === DIGITS_MIN;
}

/** Joins the last words, up to 19 digits, and checks each suffix of 13 digits or more. */
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
