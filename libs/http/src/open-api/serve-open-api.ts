import type { Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { buildOpenApi } from './build-open-api.js';
import { listOperations } from './operation.js';

/** Serves Swagger UI with its assets at `/docs`, and the OpenAPI document at `/docs-json`. */
export function serveOpenApi(
  app: NestFastifyApplication,
  about: { readonly title: string; readonly description: string },
): void {
  const document = buildOpenApi(about, listOperations(listControllers(app)));
  SwaggerModule.setup('docs', app, () => document as unknown as OpenAPIObject, {
    customSiteTitle: about.title,
    raw: ['json'],
  });
}

function listControllers(app: NestFastifyApplication): Type[] {
  return [...app.get(ModulesContainer).values()].flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])),
  );
}
