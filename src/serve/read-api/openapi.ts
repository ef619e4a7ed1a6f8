import { STATUS_CODES } from 'node:http';
import type { ApiRoute, DescribedParameter } from './api-context.ts';
import type { Parameters } from './parameters.ts';
import { SCHEMAS, schemaRef } from './openapi-schemas.ts';

/** Refusals that a path can have, whatever it serves; 405 is never a documented method's. */
const EVERYWHERE = [400, 406, 500];
const GUARDED = [401, 429, 503];

/**
 * The OpenAPI 3.1 description of the routes. It is made of what the routes are read by, so it cannot say anything else;
 * schemathesis holds the answers to it.
 */
export function describeApi(options: {
  readonly routes: readonly ApiRoute[];
  readonly version: string;
  readonly needsToken: boolean;
}): object {
  const { routes, version, needsToken } = options;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark read API',
      version,
      description:
        'Reads an archive: files by uid and created_at, tables, windows and shards. See docs/http.md.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: Object.fromEntries(routes.map((route) => [route.template, pathItem(route, needsToken)])),
    components: {
      schemas: SCHEMAS,
      ...(needsToken ? { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } } : {}),
    },
    ...(needsToken ? { security: [{ token: [] }] } : {}),
  };
}

function pathItem(route: ApiRoute, needsToken: boolean): object {
  const parameters = [
    ...textParameters('path', route.path),
    ...queryParameters(route.query),
    ...textParameters('header', route.headers ?? {}),
  ];
  const operation = (method: 'get' | 'head') => ({
    operationId: `${method}${nameOf(route.template)}`,
    summary: route.summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.isOpen && needsToken ? { security: [] } : {}),
    responses: {
      ...(method === 'get' ? route.responses : withoutContent(route.responses)),
      ...refusals(route),
    },
  });
  return { get: operation('get'), head: operation('head') };
}

function textParameters(
  place: 'path' | 'header',
  parameters: Readonly<Record<string, DescribedParameter>>,
): object[] {
  return Object.entries(parameters).map(([name, { description, example }]) => ({
    ...{ name, in: place, required: place === 'path', description, schema: { type: 'string' } },
    ...(example === undefined ? {} : { example }),
  }));
}

function queryParameters(query: Parameters): object[] {
  return Object.entries(query).map(([name, { description, schema, isRequired = false }]) => {
    const { example, ...rest } = schema;
    return {
      ...{ name, in: 'query', required: isRequired, description, schema: rest },
      ...(example === undefined ? {} : { example }),
    };
  });
}

function refusals(route: ApiRoute): Record<string, object> {
  const statuses = [...EVERYWHERE, ...(route.isOpen ? [] : GUARDED)].filter(
    (status) => !(status in route.responses),
  );
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]));
}

export function problemResponse(status: number): object {
  return {
    description: STATUS_CODES[status],
    content: { 'application/problem+json': { schema: schemaRef('Problem') } },
  };
}

function withoutContent(responses: ApiRoute['responses']): Record<string, object> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { content, ...rest } = response as { content?: object };
      return [status, content === undefined ? response : rest];
    }),
  );
}

/** `/v1/tables/{table}/windows` → `V1TablesTableWindows`. */
function nameOf(template: string): string {
  return template.replace(/[^A-Za-z0-9]*([A-Za-z0-9]+)[^A-Za-z0-9]*/g, (_, word: string) =>
    word.charAt(0).toUpperCase().concat(word.slice(1)),
  );
}
