import type { Language } from './arguments.js';
import { en, type Texts } from './translations.en.js';
import { zh } from './translations.zh.js';

/** Everything the demo says, by language. */
export const texts: Readonly<Record<Language, Texts>> = { en, zh };
