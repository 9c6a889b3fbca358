import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';

type Value = string | number | boolean;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly traceState: string;
  readonly hasFailed: boolean;
  readonly attributes: Readonly<Record<string, Value>>;
  /** Of the process: `service.name`, `service.instance.id`. */
  readonly resource: Readonly<Record<string, Value>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

type OtlpSpan = Pick<ReceivedSpan, 'traceId' | 'spanId' | 'name'> & {
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly status?: { readonly code?: number };
  readonly attributes: readonly Attribute[];
  readonly links?: ReceivedSpan['links'];
};

/** Receives spans by OTLP over HTTP, in the JSON encoding, until the last test of the file. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** The bodies of all requests. */
  readonly raw: string[] = [];

  private constructor(readonly url: string) {}

  /** Call it while tests are collected. */
  static async listen(): Promise<OtlpReceiver> {
    const server = createServer((request, response) => {
      void receiver.receive(request).then(() => response.writeHead(200, JSON_HEADERS).end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    afterAll(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
    const receiver = new OtlpReceiver(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return receiver;
  }

  /** The spans of a trace. */
  trace(traceId: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.traceId === traceId);
  }

  private async receive(request: IncomingMessage): Promise<void> {
    const body = await text(request);
    this.raw.push(body);
    const { resourceSpans } = JSON.parse(body) as ExportRequest;
    for (const { resource, scopeSpans } of resourceSpans)
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({
          ...span,
          parentSpanId: span.parentSpanId ?? '',
          traceState: span.traceState ?? '',
          hasFailed: span.status?.code === 2,
          attributes: toRecord(span.attributes),
          resource: toRecord(resource.attributes),
          links: span.links ?? [],
        });
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

function toRecord(attributes: readonly Attribute[]): Record<string, Value> {
  const entries = attributes.map(({ key, value }) => {
    const { stringValue, intValue, doubleValue, boolValue } = value;
    return [key, stringValue ?? intValue ?? doubleValue ?? boolValue ?? ''] as const;
  });
  return Object.fromEntries(entries);
}

/** Each edge of a trace as `parent → child`, sorted. Slots and partitions are `*`; a parent that was not received is `client`. */
export function listEdges(spans: readonly ReceivedSpan[]): string[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, generalize(name)]));
  return spans
    .map(({ parentSpanId, name }) => `${names.get(parentSpanId) ?? 'client'} → ${generalize(name)}`)
    .sort();
}

const generalize = (name: string): string => name.replaceAll(/\.\d+(?=:|$)/g, '.*');
