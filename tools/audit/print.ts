import type { IdleStatus } from './wait-until-idle.js';
import type { AuditReport, Facts, InvariantResult } from './report.js';
import type { Language, TranslatedText } from './translated-text.js';

/** The number of violations printed per invariant. */
const SHOWN_MAX = 5;

const en = {
  idle: 'Idle.',
  notIdle: 'Not idle; a violation of Q1 to Q7 may be work in progress:',
  checked: (count: string) => `(${count} checked)`,
  unchecked: (description: string) => `not checked: ${description}`,
  violation: (problem: string, facts: string) => `${problem}: ${facts}`,
  more: (count: number) => `… ${count} more`,
  allHold: 'All invariants hold.',
  allCheckedHold: 'All that could be checked holds.',
  violated: (ids: readonly string[]) => `Violated: ${ids.join(', ')}.`,
};

const zh: typeof en = {
  idle: '已空闲。',
  notIdle: '尚未空闲；Q1～Q7 的违例可能只是尚在处理：',
  checked: (count) => `（已检查 ${count}）`,
  unchecked: (description) => `未检查：${description}`,
  violation: (problem, facts) => `${problem}：${facts}`,
  more: (count) => `……另有 ${count} 项`,
  allHold: '所有不变式成立。',
  allCheckedHold: '能检查的全部成立。',
  violated: (ids) => `不成立：${ids.join('、')}。`,
};

const messages = { en, zh };

/** Formats a report as text: one line per invariant, its first violations, and a conclusion. */
export function describeReport(
  report: AuditReport,
  idle: IdleStatus | undefined,
  language: Language,
): string {
  return [
    ...(idle ? describeIdle(idle, language) : []),
    ...report.invariants.flatMap((invariant) => describeInvariant(invariant, language)),
    describeConclusion(report, language),
  ].join('\n');
}

function describeIdle({ isIdle, pending, unchecked }: IdleStatus, language: Language): string[] {
  const words = messages[language];
  return [
    isIdle ? words.idle : words.notIdle,
    ...indented(pending, language),
    ...unchecked.map((description) => `    ${words.unchecked(description[language])}`),
  ];
}

function describeInvariant(invariant: InvariantResult, language: Language): string[] {
  const { id, statement, holds, checked, violations, violationCount, unchecked, remarks } = invariant;
  const words = messages[language];
  const mark = holds ? (checked === 0 && unchecked.length > 0 ? '–' : '✓') : '✗';
  const shown = violations.slice(0, SHOWN_MAX);
  const more = violationCount - shown.length;
  return [
    `${mark} ${id}  ${statement[language]}  ${words.checked(checked.toLocaleString(language))}`,
    ...shown.map(({ problem, facts }) => `    ${words.violation(problem[language], describeFacts(facts))}`),
    ...(more > 0 ? [`    ${words.more(more)}`] : []),
    ...unchecked.map((description) => `    ${words.unchecked(description[language])}`),
    ...indented(remarks, language),
  ];
}

function describeConclusion({ holds, invariants }: AuditReport, language: Language): string {
  const words = messages[language];
  if (!holds) return words.violated(invariants.filter((one) => !one.holds).map(({ id }) => id));
  const isWhole = invariants.every(({ unchecked }) => unchecked.length === 0);
  return isWhole ? words.allHold : words.allCheckedHold;
}

function indented(texts: readonly TranslatedText[], language: Language): string[] {
  return texts.map((text) => `    ${text[language]}`);
}

function describeFacts(facts: Facts): string {
  return Object.entries(facts)
    .map(
      ([name, value]) => `${name}=${typeof value === 'string' && value.includes(' ') ? `"${value}"` : value}`,
    )
    .join(' ');
}
