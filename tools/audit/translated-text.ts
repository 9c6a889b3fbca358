/** A printed text in both languages. */
export interface TranslatedText {
  readonly en: string;
  readonly zh: string;
}

export type Language = keyof TranslatedText;
