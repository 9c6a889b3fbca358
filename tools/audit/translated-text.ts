/** What a person reads, in both languages. */
export interface TranslatedText {
  readonly en: string;
  readonly zh: string;
}

export type Language = keyof TranslatedText;
