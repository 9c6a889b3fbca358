import { parseArgs } from 'node:util';

export type Language = 'en' | 'zh';

/** What the reader asked for on the command line. */
export interface Arguments {
  readonly language: Language;
  /** Leave everything running after the story, until Ctrl-C. */
  readonly keep: boolean;
  /** Install what is missing without asking. */
  readonly yes: boolean;
  readonly help: boolean;
}

/** What was not understood: to be told to the reader, in the language that was. */
export interface InvalidArgument {
  readonly language: Language;
  /** As it was typed: `--kep`, `--lang fr`. */
  readonly argument: string;
}

type LocaleVariables = Readonly<Partial<Record<'LC_ALL' | 'LC_MESSAGES' | 'LANG', string>>>;

const FLAGS = new Set(['lang', 'keep', 'yes', 'help']);

/** Reads the command line. The language is Chinese where `--lang`, or else the locale, says so. */
export function parseArguments(
  args: readonly string[],
  locale: LocaleVariables,
): Arguments | InvalidArgument {
  const { tokens, values } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: {
      lang: { type: 'string' },
      keep: { type: 'boolean', default: false },
      yes: { type: 'boolean', short: 'y', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const requested = values.lang;
  const language = requested === 'en' || requested === 'zh' ? requested : detectLanguage(locale);
  if (requested !== undefined && requested !== language) {
    return { language, argument: `--lang ${requested === true ? '' : requested}`.trim() };
  }
  for (const token of tokens) {
    if (token.kind === 'positional') return { language, argument: token.value };
    if (token.kind !== 'option') continue;
    const isFlag = FLAGS.has(token.name);
    const hasNeedlessValue = token.name !== 'lang' && token.value !== undefined;
    if (!isFlag || hasNeedlessValue) return { language, argument: args[token.index] ?? token.rawName };
  }
  return { language, keep: values.keep === true, yes: values.yes === true, help: values.help === true };
}

/** As POSIX orders the variables; the first one that is set decides. */
function detectLanguage({ LC_ALL, LC_MESSAGES, LANG }: LocaleVariables): Language {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /^zh/i.test(locale) ? 'zh' : 'en';
}
