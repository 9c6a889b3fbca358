import { Door } from '#access';

/** Class decorator: only callers with the scope `operator` may call the controller. */
export function ForOperators(): ClassDecorator {
  return Door('operator');
}

/** The OpenAPI summary of a route that performs an action. */
export function toSummary({ description }: { readonly description: string }): string {
  return description.charAt(0).toUpperCase() + description.slice(1);
}
