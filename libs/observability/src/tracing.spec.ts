import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { failSpan, isSampled, SpanKind, startEntrySpan, startSpan, traceContext } from './index.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const sampled = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };
const unsampled = { traceparent: `00-${traceId}-b7ad6b7169203331-00` };

describe('without an SDK', () => {
  test('no span is created', () => {
    expect(isSampled(sampled)).toBe(false);
    expect(startSpan('send a', { kind: SpanKind.CLIENT, parent: sampled })).toBeUndefined();
    expect(startEntrySpan('GET /', { kind: SpanKind.SERVER })).toBeUndefined();
  });
});

describe('with an SDK', () => {
  const exporter = new InMemorySpanExporter();
  beforeAll(() => {
    const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
  });
  afterAll(() => trace.disable());

  test('a span continues its parent with its tracestate', () => {
    const span = startSpan('send a', { kind: SpanKind.CLIENT, parent: sampled, links: [unsampled, {}] })!;
    failSpan(span, 'sqlstate_55000');
    span.end();
    expect(traceContext(span)).toEqual({
      traceparent: expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-01$`) as string,
      tracestate: 'vendor=1',
    });
    const [exported] = exporter.getFinishedSpans();
    expect(exported).toMatchObject({ name: 'send a', attributes: { 'error.type': 'sqlstate_55000' } });
    expect(exported?.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(exported?.links).toHaveLength(1);
  });

  test.each([
    unsampled,
    {},
    { traceparent: '' },
    { traceparent: 'x'.repeat(54) + '1' },
    { traceparent: null },
  ])('a span is not created below %j', (parent) => {
    const span = startSpan('send a', { kind: SpanKind.CLIENT, parent });
    expect(span?.isRecording() ?? false).toBe(false);
  });
});
