const PAYMENT_TOKEN = /\btok_\w+/g;
const CREDENTIALS = /\b(Bearer|Basic) [\w.~+/=-]+/g;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:"]*):[^\s/?#"]*@/gi;
// Not part of a UUID, a hash, a trace id or a fraction.
const CARD_NUMBER_CANDIDATE = /(?<![\da-f.]|[\da-f]-)\d(?:[ -]?\d){12,18}(?![\da-f]|\.\d|-[\da-f])/gi;

/**
 * Masks payment tokens, credentials, passwords in URLs and card numbers in a log line. A card number has 13 to 19 digits,
 * perhaps in groups, and a valid Luhn checksum. A line of JSON stays valid JSON: a card number that is a JSON number
 * becomes 0.
 */
export function redact(line: string): string {
  return line
    .replace(PAYMENT_TOKEN, 'tok_***')
    .replace(CREDENTIALS, '$1 ***')
    .replace(URL_PASSWORD, '$1:***@')
    .replace(CARD_NUMBER_CANDIDATE, (digits: string, offset: number, whole: string) => {
      if (!passesLuhn(digits)) return digits;
      return isJsonNumber(whole, offset, digits.length) ? '0' : '[card number]';
    });
}

function isJsonNumber(line: string, offset: number, length: number): boolean {
  return ':[,'.includes(line[offset - 1] ?? '"') && ',}]'.includes(line[offset + length] ?? '"');
}

function passesLuhn(text: string): boolean {
  let sum = 0;
  let doubled = false;
  for (let index = text.length - 1; index >= 0; index--) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0) continue; // a space or a hyphen
    const value = doubled ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    doubled = !doubled;
  }
  return sum % 10 === 0;
}
