import type { Language } from './arguments.js';
import { en, type Translations } from './translations.en.js';
import { zh } from './translations.zh.js';

/** Everything the demo says, by language. */
export const translations: Readonly<Record<Language, Translations>> = { en, zh };
