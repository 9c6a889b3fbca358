import { Counter, type Registry } from '#observability';
import { answersSettled } from './use-cases/gateway-signals.js';

/** Counts the gateway's answers, once per batch of them. @returns what ends the counting */
export function countAnswers(registry: Registry): () => void {
  const answers = new Counter({
    name: 'gateway_operations_total',
    help: 'Questions to the gateway by operation and answer; unknown ones are asked again.',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  return answersSettled.listen((settled) => {
    for (const { operation, answer } of settled)
      answers.inc({ operation: operation.operation, outcome: answer?.answer ?? 'unknown' });
  });
}
