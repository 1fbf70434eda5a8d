import type { Origin } from './bucket-settings.ts';
import { listOf, type StageParameters } from './parameter-rules.ts';

/** The `httpApi` block of a provider in serverless.yml. */
export interface HttpApiConfig {
  readonly authorizers?: Readonly<Record<string, unknown>>;
  readonly cors?: Readonly<Record<string, unknown>>;
}

/** What API Gateway itself checks before it invokes a function. With `apiKey` and `none`, the function checks alone. */
export type RouteAuthorizer = { readonly name: string } | { readonly type: 'aws_iam' } | undefined;

/** The origin that API Gateway gives to the stage's own pages. */
export const ownOrigin = {
  'Fn::Join': [
    '',
    ['https://', { Ref: 'HttpApi' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }],
  ],
} as const;

/** All of them: the stage may have an address of its own, too. */
export const ownOrigins = ({ publicUrl }: StageParameters): readonly Origin[] => [
  ownOrigin,
  ...(publicUrl ? [new URL(String(publicUrl)).origin] : []),
];

const jwtAuthorizer = 'jwt';

export function authorizerOf({ auth }: StageParameters): RouteAuthorizer {
  if (auth === 'jwt') return { name: jwtAuthorizer };
  return auth === 'iam' ? { type: 'aws_iam' } : undefined;
}

export function httpApiOf({ auth, jwtIssuer, jwtAudience, cors }: StageParameters): HttpApiConfig {
  const origins = listOf(cors);
  return {
    ...(auth === 'jwt'
      ? {
          authorizers: {
            [jwtAuthorizer]: {
              type: 'jwt',
              identitySource: '$request.header.Authorization',
              issuerUrl: jwtIssuer,
              audience: listOf(jwtAudience),
            },
          },
        }
      : {}),
    ...(origins.length > 0 ? { cors: corsOf(origins) } : {}),
  };
}

/** Without credentials: a page of another origin shows a key or a token, and no cookie of ours. */
const corsOf = (allowedOrigins: readonly string[]) => ({
  allowedOrigins,
  allowedHeaders: [
    'authorization',
    'content-type',
    'idempotency-key',
    'if-none-match',
    'prefer',
    'traceparent',
  ],
  exposedResponseHeaders: [
    'allow',
    'etag',
    'idempotent-replayed',
    'location',
    'operation-location',
    'preference-applied',
    'retry-after',
    'www-authenticate',
  ],
  maxAge: 3600,
});

/** A route of the HTTP API: `GET /jobs/{id}`, and the function in serverless.yml that answers it. */
export interface DeclaredRoute {
  readonly route: string;
  readonly functionName: string;
}

/**
 * Compares the routes of serverless.yml with those that have a right: any other one would be checked by nobody.
 * @returns everything that does not match, each with the remedy
 */
export function problemsOfRoutes(
  declared: readonly DeclaredRoute[],
  known: readonly DeclaredRoute[],
): readonly string[] {
  const isIn = (routes: readonly DeclaredRoute[], { route, functionName }: DeclaredRoute) =>
    routes.some((other) => other.route === route && other.functionName === functionName);
  return [
    ...declared
      .filter((each) => !isIn(known, each))
      .map(
        ({ route, functionName }) =>
          `${route} of ${functionName} is in serverless.yml, and not in shared/http/families/. Add it there, with the right that it needs.`,
      ),
    ...known
      .filter((each) => !isIn(declared, each))
      .map(
        ({ route, functionName }) =>
          `${route} of ${functionName} is in shared/http/families/, and not in serverless.yml. Has the function the line \`events: \${file(infra/http-events.cjs):${functionName}}\`?`,
      ),
  ];
}
