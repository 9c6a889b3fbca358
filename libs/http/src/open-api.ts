import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The JSON schema of problem details, by RFC 9457. */
const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details, RFC 9457',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', example: 'urn:problem-type:invalid-body' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          pointer: { type: 'string', example: '#/lines/0/quantity' },
          parameter: { type: 'string' },
          header: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

/** The default response: every operation can respond with problem details. */
const PROBLEM_RESPONSE = {
  description: 'Any error',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDetails' } } },
};

/** Serves Swagger UI with its assets at `/docs`, and the OpenAPI document at `/docs-json`. */
export function serveOpenApi(
  app: NestFastifyApplication,
  about: { title: string; description: string },
): void {
  const base = new DocumentBuilder().setTitle(about.title).setDescription(about.description).build();
  SwaggerModule.setup('docs', app, () => addProblemResponses(SwaggerModule.createDocument(app, base)), {
    customSiteTitle: about.title,
    raw: ['json'],
  });
}

/** Adds problem details as the default response of every operation, and the bearer scheme if an operation requires it. */
function addProblemResponses(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.put, path.post, path.delete, path.patch]) {
      if (operation) operation.responses['default'] ??= PROBLEM_RESPONSE;
    }
  }
  const requiresToken = JSON.stringify(document.paths).includes('"security":[{"bearer":[]}]');
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ProblemDetails: PROBLEM_SCHEMA },
    ...(requiresToken && { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } }),
  };
  return document;
}
