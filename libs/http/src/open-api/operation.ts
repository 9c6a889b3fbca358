import 'reflect-metadata';
import { HttpCode, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { z } from 'zod';
import { getRouteConfig } from '../body-limit.js';
import type { ProblemType } from '../problem-type.js';
import type { Answer } from './answer.js';

/** The settings of {@link Operation}. */
export interface OperationOptions<Answers extends Readonly<Record<number, Answer<unknown>>>> {
  /** The `operationId`: the name of the function in generated clients, such as `placeOrder`. Required. */
  readonly id: string;
  /** One sentence. Required. */
  readonly summary: string;
  /** Limits, retention and other conditions. Default none. */
  readonly description?: string;
  /** The success responses by status. Required. */
  readonly answers: Answers;
  /** The problems of the operation itself. Those of callers, parameters and bodies are added. Default none. */
  readonly problems?: readonly ProblemType[];
}

/** What a handler with these answers may return. */
type SentBy<Answers> = {
  [Status in keyof Answers]: Answers[Status] extends Answer<infer Sent> ? Sent : never;
}[keyof Answers];

const OPERATION = Symbol('operation');
const REQUEST_HEADERS = Symbol('request headers');

/**
 * Decorator of a handler: describes the operation for the OpenAPI document, and sets its status to the lowest of the success
 * responses. The compiler refuses a handler whose result is not one of the answers.
 */
export function Operation<const Answers extends Readonly<Record<number, Answer<unknown>>>>(
  options: OperationOptions<Answers>,
) {
  return <Handler extends (...values: never[]) => SentBy<Answers> | Promise<SentBy<Answers>>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => {
    const handler = descriptor.value as object;
    Reflect.defineMetadata(OPERATION, options, handler);
    HttpCode(Math.min(...Object.keys(options.answers).map(Number)))(target, name, descriptor);
  };
}

/** A header of requests, as a parameter object of OpenAPI. */
export interface RequestHeader {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: object;
}

/** Adds a header to the operation of a handler; a decorator of a parameter calls it. */
export function addRequestHeader(handler: object, header: RequestHeader): void {
  Reflect.defineMetadata(REQUEST_HEADERS, [...readRequestHeaders(handler), header], handler);
}

/** In the order of the decorators. */
function readRequestHeaders(handler: object): readonly RequestHeader[] {
  return (Reflect.getMetadata(REQUEST_HEADERS, handler) as RequestHeader[] | undefined) ?? [];
}

/** A route of a controller with its description. */
export interface DescribedOperation extends OperationOptions<Readonly<Record<number, Answer<unknown>>>> {
  /** `GET`, … */
  readonly method: string;
  /** As OpenAPI writes it: `/orders/{id}`. */
  readonly path: string;
  readonly requestHeaders: readonly RequestHeader[];
  /** `public`, or the scopes of which a caller needs one. */
  readonly door: 'public' | readonly string[];
  /** Problems of the door. */
  readonly doorProblems: readonly ProblemType[];
  readonly bodySchema: z.ZodType | undefined;
  readonly querySchema: z.ZodType | undefined;
  /** By the name of the parameter. */
  readonly pathSchemas: Readonly<Record<string, z.ZodType>>;
}

/** The operations of controllers, in their order. A handler without {@link Operation} is left out. */
export function listOperations(controllers: readonly Type[]): DescribedOperation[] {
  return controllers.flatMap((controller) => {
    const { prototype } = controller as unknown as { readonly prototype: Readonly<Record<string, object>> };
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const handler = Object.getOwnPropertyDescriptor(prototype, name)?.value as object | undefined;
      return typeof handler === 'function' ? describe(controller, name, handler) : [];
    });
  });
}

/** None for a handler without {@link Operation}. Paths of Nest become paths of OpenAPI: `:id` is `{id}`. */
function describe(controller: Type, name: string, handler: object): DescribedOperation[] {
  const options = Reflect.getMetadata(OPERATION, handler) as DescribedOperation | undefined;
  if (!options) return [];
  const paths = [controller, handler].map((one) => String(Reflect.getMetadata(PATH_METADATA, one)));
  const { door = 'public', problems = [] } = getRouteConfig(handler) as {
    readonly door?: DescribedOperation['door'];
    readonly problems?: readonly ProblemType[];
  };
  return [
    {
      ...options,
      method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as number]!,
      path: `/${paths
        .flatMap((path) => path.split('/'))
        .filter((part) => part !== '')
        .map((part) => part.replace(/^:(\w+)$/, '{$1}'))
        .join('/')}`,
      requestHeaders: readRequestHeaders(handler),
      door,
      doorProblems: problems,
      ...readSchemas(controller, name),
    },
  ];
}

/** The schemas of `@Body`, `@Query` and `@Param`, as Nest keeps them: by the kind of the parameter and its index. */
function readSchemas(controller: Type, name: string) {
  const parameters = Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
      string,
      { readonly data?: string; readonly schema?: z.ZodType }
    >,
  ).filter(([, { schema }]) => schema !== undefined);
  const ofType = (type: RouteParamtypes) =>
    parameters.filter(([key]) => key.startsWith(`${type}:`)).map(([, parameter]) => parameter);
  return {
    bodySchema: ofType(RouteParamtypes.BODY)[0]?.schema,
    querySchema: ofType(RouteParamtypes.QUERY)[0]?.schema,
    pathSchemas: Object.fromEntries(
      ofType(RouteParamtypes.PARAM).map(({ data, schema }) => [String(data), schema!]),
    ),
  };
}
