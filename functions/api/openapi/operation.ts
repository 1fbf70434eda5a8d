import type * as z from 'zod/mini';
import type { ProblemName } from '../../../shared/http/problem-types.ts';
import type { RouteKey, RoutesOf } from '../../../shared/http/routes.ts';

/** The routes of programs. Pages are for people, and what is no route has no operation. */
export type DocumentedRoute = Exclude<RouteKey, '$default' | RoutesOf<'pages'>>;

export type Examples = Readonly<Record<string, unknown>>;

export const requestHeaders = ['Idempotency-Key', 'If-None-Match', 'Prefer', 'traceparent'] as const;
export type RequestHeader = (typeof requestHeaders)[number];

export type ResponseHeader =
  | 'Allow'
  | 'Cache-Control'
  | 'ETag'
  | 'Idempotent-Replayed'
  | 'Location'
  | 'Operation-Location'
  | 'Preference-Applied'
  | 'Retry-After'
  | 'Vary'
  | 'WWW-Authenticate';

/** An answer that is no problem. */
export interface Answer {
  readonly description: string;
  /** Those that it always has, and those that it may have. */
  readonly headers?: readonly (ResponseHeader | `${ResponseHeader}?`)[];
  readonly schema?: z.core.$ZodType;
  /** JSON, unless it says otherwise. */
  readonly mediaType?: string;
  readonly examples?: Examples;
}

/** What the table of routes does not say of a route. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'jobs' | 'bulk' | 'schedules' | 'catalog' | 'service';
  readonly query?: z.ZodMiniObject;
  readonly headers?: readonly RequestHeader[];
  readonly body?: { readonly schema: z.core.$ZodType; readonly examples: Examples };
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every route has. */
  readonly problems?: readonly ProblemName[];
}
