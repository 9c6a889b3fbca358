import { parseArgs } from 'node:util';

export type Language = 'en' | 'zh';

/** The parsed command line. */
export interface Arguments {
  readonly language: Language;
  /** Keep the shop running after the last step, until Ctrl-C. */
  readonly keep: boolean;
  /** Install RabbitMQ without confirmation. */
  readonly yes: boolean;
  readonly help: boolean;
}

/** An invalid argument, and the language for the error message. */
export interface InvalidArgument {
  readonly language: Language;
  /** As typed: `--kep`, `--lang fr`. */
  readonly argument: string;
}

type LocaleVariables = Readonly<Partial<Record<'LC_ALL' | 'LC_MESSAGES' | 'LANG', string>>>;

const FLAGS = new Set(['lang', 'keep', 'yes', 'help']);

/** Parses the command line. The language comes from `--lang`, or else from the locale. Default: English. */
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

/** The first variable that is set decides, in the order of POSIX. */
function detectLanguage({ LC_ALL, LC_MESSAGES, LANG }: LocaleVariables): Language {
  const locale = [LC_ALL, LC_MESSAGES, LANG].find((value) => value !== undefined && value !== '');
  return locale !== undefined && /^zh/i.test(locale) ? 'zh' : 'en';
}
