import { applyDecorators } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Door } from '#access';

/** Class decorator: only callers with the scope `operator` may call the controller. */
export function ForOperators(): ClassDecorator {
  return applyDecorators(Door('operator'), ApiTags('operators'));
}

/** The OpenAPI summary of a route that performs an action. */
export function summary({ description }: { readonly description: string }): { readonly summary: string } {
  return { summary: description.charAt(0).toUpperCase() + description.slice(1) };
}
