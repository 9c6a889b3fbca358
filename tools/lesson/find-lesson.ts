import { lessons } from '../../lessons/all.js';
import type { AnyLesson } from '../../lessons/lesson.js';

/**
 * Finds lessons by number (`4`), slug (`lost-message`), or a part of a title in any language (`消息丢失`). A complete number
 * or slug selects one lesson only.
 */
export function findLessons(typed: string): readonly AnyLesson[] {
  const term = typed.trim().toLowerCase();
  const exact = lessons.filter(({ number, slug }) => slug === term || String(number) === term);
  if (exact.length > 0 || term === '') return exact;
  return lessons.filter(({ slug, texts: { title } }) =>
    [slug, title.en, title.zh].some((text) => text.toLowerCase().includes(term)),
  );
}
