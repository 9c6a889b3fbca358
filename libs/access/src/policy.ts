import { addRouteConfig } from '#http';
import { accessProblems } from './access-problems.js';

/** Every scope that a token can grant. */
export const scopes = ['shop', 'support', 'catalogue', 'stock', 'operator'] as const;

/**
 * What a caller may do: `shop` its own orders; `support` reads and cancels every order and reads payments; `catalogue`
 * sets prices; `stock` receives goods; `operator` uses the operator API.
 */
export type Scope = (typeof scopes)[number];

/** Who may call a route: `public` everyone, else callers with at least one of the scopes. */
export type Policy = 'public' | readonly Scope[];

const decorated = new WeakSet<object>();

/**
 * Decorator of a handler, or of a controller for its handlers without one: who may call the route. A service with a route
 * without `@Door` does not start. HEAD has the policy of GET. The OpenAPI document has the scopes, 401, 403 and 429.
 *
 * `@Door('public')`, `@Door('catalogue')`, `@Door('shop', 'support')`
 */
export function Door(
  ...allowed: readonly ['public'] | readonly [Scope, ...Scope[]]
): ClassDecorator & MethodDecorator {
  const policy: Policy = allowed[0] === 'public' ? 'public' : allowed;
  const problems = policy === 'public' ? [] : Object.values(accessProblems);
  const addPolicy = addRouteConfig({ door: policy, problems });
  const decorate = (prototype: object, name: string | symbol, descriptor: PropertyDescriptor): void => {
    if (decorated.has(descriptor.value as object)) return;
    decorated.add(descriptor.value as object);
    addPolicy(prototype, name, descriptor);
  };
  return (target: object, name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (name !== undefined && descriptor) return decorate(target, name, descriptor);
    const { prototype } = target as { readonly prototype: object };
    const members = Object.entries(Object.getOwnPropertyDescriptors(prototype));
    for (const [member, own] of members) {
      if (member !== 'constructor' && typeof own.value === 'function') decorate(prototype, member, own);
    }
  };
}
