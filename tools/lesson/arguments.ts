import { parseArgs } from 'node:util';

import type { Language } from '../audit/translated-text.js';

/** The parts of a lesson. `all`: prediction, naive run, the shop's run and the exercise. */
export type Part = 'all' | 'naive' | 'ours' | 'check';

/** The parsed command line. */
export interface Arguments {
  readonly language: Language;
  /** Number, slug or term of a lesson, as typed. Undefined: list the lessons. */
  readonly lesson: string | undefined;
  readonly part: Part;
  /** Wait for Enter between the parts. */
  readonly pause: boolean;
  /** End the background shop. */
  readonly stop: boolean;
  /** Install RabbitMQ without confirmation. */
  readonly yes: boolean;
  readonly help: boolean;
}

/** An invalid argument as typed, and the language for the error message. */
export interface InvalidArgument {
  readonly language: Language;
  readonly argument: string;
}

type LocaleVariables = Readonly<Partial<Record<'LC_ALL' | 'LC_MESSAGES' | 'LANG', string>>>;

const PARTS = ['naive', 'ours', 'check'] as const;
const FLAGS = new Set<string>([...PARTS, 'pause', 'stop', 'yes', 'help', 'lang']);
const OPTIONS = {
  lang: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Parses the command line. The language comes from `--lang`, or else from the locale. Default: English. */
export function parseArguments(
  args: readonly string[],
  locale: LocaleVariables,
): Arguments | InvalidArgument {
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: OPTIONS,
  });
  const requested = values['lang'];
  const language = requested === 'en' || requested === 'zh' ? requested : detectLanguage(locale);
  if (requested !== undefined && requested !== language)
    return { language, argument: `--lang ${requested === true ? '' : requested}`.trim() };
  const unknown = tokens.find(
    (token) =>
      token.kind === 'option' &&
      (!FLAGS.has(token.name) || (token.name !== 'lang' && token.value !== undefined)),
  );
  if (unknown !== undefined) return { language, argument: args[unknown.index] ?? '' };
  const isSet = (flag: string): boolean => values[flag] === true;
  const parts = PARTS.filter(isSet);
  if (parts.length > 1) return { language, argument: parts.map((part) => `--${part}`).join(' ') };
  if (positionals.length > 1) return { language, argument: positionals[1] ?? '' };
  const [lesson] = positionals;
  if (lesson === undefined && parts[0] !== undefined) return { language, argument: `--${parts[0]}` };
  return {
    language,
    lesson,
    part: parts[0] ?? 'all',
    pause: isSet('pause'),
    stop: isSet('stop'),
    yes: isSet('yes'),
    help: isSet('help'),
  };
}

/** The first variable that is set decides, in the order of POSIX. */
function detectLanguage({ LC_ALL, LC_MESSAGES, LANG }: LocaleVariables): Language {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /^zh/i.test(locale) ? 'zh' : 'en';
}
