import { language } from './state.js';

/** `21 Nov, 14:03:27` */
export function dateTime(at: number | string): string {
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB';
  return new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' });
}
