import type * as z from 'zod/mini';
import type { Right } from '../../domain/access/access-entry.ts';
import type { ProblemName } from './problem-types.ts';

/**
 * What a route asks for: nothing, any credential (`caller`), or a right. A page asks people for it, who sign in by API
 * key in every mode; the page of a job takes a link's grant for that job, too, and the form for an answer takes a link
 * for that answer.
 */
export type Access = 'open' | 'caller' | Right | `page ${Right}` | 'grant or read' | 'link or signal';

/** What a function needs of a route to answer it. */
export interface Route {
  /** The function's name in serverless.yml. */
  readonly function: string;
  readonly access: Access;
  /** The query parameters that it knows. */
  readonly query?: readonly string[];
}

type Key = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

/** The routes of people, and what is no route: no document has them. */
export type UndocumentedFamily = Readonly<Record<Key | '$default', Route>>;

/** The routes of programs. */
export type Family = Readonly<Record<Key, Operation>>;

/** A route, and what the OpenAPI document says of it. */
export interface Operation extends Omit<Route, 'query'> {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'jobs' | 'bulk' | 'schedules' | 'catalog' | 'service';
  readonly query?: Query;
  readonly headers?: readonly RequestHeader[];
  readonly body?: { readonly schema: NamedSchema; readonly examples: Examples };
  /** By status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every route has. */
  readonly problems?: readonly ProblemName[];
}

export interface Query {
  /** It checks the query. */
  readonly schema: z.ZodMiniObject;
  /** By name. */
  readonly parameters: Readonly<Record<string, QueryParameter>>;
}

interface QueryParameter {
  readonly text: string;
  readonly example: unknown;
  /** What the document says of the value, in place of the text that the schema reads. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** An answer that is no problem. */
export interface Answer {
  readonly description: string;
  /** Those that it always has, and those that it may have. */
  readonly headers?: readonly (ResponseHeader | `${ResponseHeader}?`)[];
  readonly schema?: NamedSchema | z.core.$ZodType;
  /** JSON, unless it says otherwise. */
  readonly mediaType?: string;
  readonly examples?: Examples;
}

/** They may have parts of the catalog's example jobs: see `exampleOf`. */
export type Examples = Readonly<Record<string, unknown>>;

/** Stands in an example for a part of one of the two example jobs of the catalog. */
export interface ExamplePart {
  readonly exampleJob: 'one' | 'other';
  readonly part: 'type' | 'payload' | 'result';
  /** What a payload has, too. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Nothing here knows which job types there are: the document has the catalog's own words in this place. */
export const exampleOf = (
  exampleJob: ExamplePart['exampleJob'],
  part: ExamplePart['part'],
  more: NonNullable<ExamplePart['more']> = {},
): ExamplePart => ({ exampleJob, part, more });

/** A schema that has a name in the document. */
export interface NamedSchema {
  readonly id: string;
  /** It checks requests or makes answers; or it is put together, where a function checks a part by itself. */
  readonly schema: z.core.$ZodType | ((catalog: Catalog) => z.core.$ZodType);
  readonly text?: string;
  /** What its fields mean, by name. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Schemas in it that have a name, too. */
  readonly parts?: readonly NamedSchema[];
}

/** What depends on the job types that a project has. */
export interface Catalog {
  /** A union by type. */
  readonly submission: z.core.$ZodType;
  readonly keyedSubmission: z.core.$ZodType;
  readonly result: z.core.$ZodType;
}

export type RequestHeader = 'Idempotency-Key' | 'If-None-Match' | 'Prefer' | 'traceparent';

export type ResponseHeader =
  | 'Allow'
  | 'Cache-Control'
  | 'ETag'
  | 'Idempotent-Replayed'
  | 'Location'
  | 'Operation-Location'
  | 'Preference-Applied'
  | 'RateLimit'
  | 'RateLimit-Policy'
  | 'Retry-After'
  | 'Vary'
  | 'WWW-Authenticate';
