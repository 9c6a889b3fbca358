import {
  type Attributes,
  createTraceState,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';

export { type Attributes, type Span, SpanKind };

/** W3C trace context as text, as headers, messages and rows carry it. */
export interface TraceContext {
  /** `00-<trace id>-<span id>-<flags>`; a value that is not well-formed is no context. */
  readonly traceparent?: string | null | undefined;
  /** Vendor data that is passed through unchanged. */
  readonly tracestate?: string | null | undefined;
}

/** The context of a span. */
export interface SpanTraceContext extends TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** A span to start. Its name is `{operation} {destination}`, as the conventions of OpenTelemetry demand. */
export interface SpanOptions {
  /** The role of the span. Required. */
  readonly kind: SpanKind;
  /** The context that the span continues. Default: the span is the root of a new trace. */
  readonly parent?: TraceContext;
  /** Identifiers, counts and codes. Never a value that a customer wrote: traces leave the machine. Default none. */
  readonly attributes?: Attributes;
  /** Contexts that the span refers to without being their child. Default none. */
  readonly links?: readonly TraceContext[];
  /** In ms since 1970. Default: now. */
  readonly startTime?: number;
}

/** Version 00 of W3C trace context. Ids of zeros only are invalid. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;
const TRACEPARENT_LENGTH = 55;
/** 512 characters: what every participant of a trace must pass on. */
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

/** The tracer of the registered SDK; undefined without one. Allocates nothing without one. */
function findTracer(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer('order-processing')
    : provider.getTracer('order-processing');
}

/** Whether an SDK of OpenTelemetry is registered. Without one, no function of this file creates a span. */
export function isTracingEnabled(): boolean {
  return findTracer() !== undefined;
}

/** Whether `value` is a `traceparent` of version 00 of W3C trace context. */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

/** Whether `value` may be passed on as `tracestate`: 1 to 512 printable ASCII characters. */
export function isTracestate(value: unknown): value is string {
  return typeof value === 'string' && TRACESTATE.test(value);
}

/**
 * The context in headers that any client or publisher may set. Undefined when `traceparent` is missing or malformed; a
 * malformed `tracestate` is dropped. Never throws.
 */
export function readTraceContext(headers: object): SpanTraceContext | undefined {
  const { traceparent, tracestate } = headers as Readonly<Record<string, unknown>>;
  if (!isTraceparent(traceparent)) return undefined;
  return { traceparent, ...(isTracestate(tracestate) && { tracestate }) };
}

/**
 * Whether spans of this context are recorded: an SDK is registered, and the root of the trace was sampled. The hot paths
 * call it for each message: without an SDK it allocates nothing.
 */
export function isSampled({ traceparent }: TraceContext): boolean {
  if (traceparent?.length !== TRACEPARENT_LENGTH) return false;
  // The flag is the last bit of the last hex digit.
  const isFlagged =
    (Number.parseInt(traceparent.charAt(TRACEPARENT_LENGTH - 1), 16) & TraceFlags.SAMPLED) === 1;
  return isFlagged && isTracingEnabled() && TRACEPARENT.test(traceparent);
}

/**
 * Starts a span; the caller ends it. Undefined without an SDK, and when `parent` is not sampled. A span that never ends is
 * never exported.
 */
export function startSpan(name: string, options: SpanOptions): Span | undefined {
  const { parent } = options;
  if (parent && !isSampled(parent)) return undefined;
  const tracer = findTracer();
  return tracer && create(tracer, name, options);
}

/**
 * Starts the span of an incoming request, whose trace the sampler decides on. Undefined without an SDK. A span that is not
 * sampled records no data, but its context must be passed on.
 */
export function startEntrySpan(name: string, options: SpanOptions): Span | undefined {
  const tracer = findTracer();
  return tracer && create(tracer, name, options);
}

function create(
  tracer: Tracer,
  name: string,
  { kind, parent = {}, attributes, links, startTime }: SpanOptions,
): Span {
  const context = parse(parent);
  return tracer.startSpan(
    name,
    {
      kind,
      ...(attributes && { attributes }),
      ...(startTime !== undefined && { startTime }),
      ...(links && { links: links.flatMap((link) => parse(link) ?? []).map((link) => ({ context: link })) }),
    },
    context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT,
  );
}

/** The context of a span, for the messages, rows and requests that it causes. */
export function traceContext(span: Span): SpanTraceContext {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  const flags = traceFlags.toString(16).padStart(2, '0');
  const tracestate = traceState?.serialize();
  return { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(tracestate && { tracestate }) };
}

/** Marks a span as failed. `errorType` is a class name or a code, never a message: a message may contain input. */
export function failSpan(span: Span, errorType: string): void {
  span.setAttribute('error.type', errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function parse({ traceparent, tracestate }: TraceContext): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    ...(tracestate && { traceState: createTraceState(tracestate) }),
  };
}
