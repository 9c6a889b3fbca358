import type { Language } from './arguments.js';
import { en, type Translations } from './translations.en.js';
import { zh } from './translations.zh.js';

/** The demo's texts by language. */
export const translations: Readonly<Record<Language, Translations>> = { en, zh };
