import { takesTokens, twoDoors } from '../../shared/domain/access/auth-mode.ts';
import { routes } from '../../shared/http/routes.ts';
import type { Route } from '../../shared/http/wire/route.ts';
import { listOf, type StageParameters } from '../parameters/parameter.ts';
import type { Origin } from './template-values.ts';

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

const tokenAuthorizer = 'jwt';
/** The function that verifies tokens, on stages whose callers may also show API keys. */
const authorizeFunction = 'authorize';
/**
 * Shorter than the minute in which a revocation holds: for so long API Gateway lets a token in that has just expired.
 */
const authorizedSeconds = 50;

export function authorizerOf({ auth }: StageParameters): RouteAuthorizer {
  if (takesTokens(auth)) return { name: tokenAuthorizer };
  return auth === 'iam' ? { type: 'aws_iam' } : undefined;
}

/** Takes the function `authorize` out of a stage that does not need it. */
export function keepAuthorizer(functions: Record<string, unknown>, { auth }: StageParameters): void {
  if (auth !== twoDoors) delete functions[authorizeFunction];
}

export function httpApiOf(parameters: StageParameters): HttpApiConfig {
  const origins = listOf(parameters.cors);
  return {
    ...(takesTokens(parameters.auth)
      ? { authorizers: { [tokenAuthorizer]: tokenAuthorizerOf(parameters) } }
      : {}),
    ...(origins.length > 0 ? { cors: corsOf(origins) } : {}),
  };
}

/** API Gateway's own one would answer 401 to an API key before any function runs. */
function tokenAuthorizerOf({ auth, jwtIssuer, jwtAudience }: StageParameters) {
  const identitySource = '$request.header.Authorization';
  if (auth === 'jwt')
    return { type: 'jwt', identitySource, issuerUrl: jwtIssuer, audience: listOf(jwtAudience) };
  return {
    type: 'request',
    functionName: authorizeFunction,
    identitySource,
    payloadVersion: '2.0',
    enableSimpleResponses: true,
    resultTtlInSeconds: authorizedSeconds,
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

const table = Object.entries<Route>(routes);
export const routeTable: readonly DeclaredRoute[] = table.map(([route, { function: functionName }]) => ({
  route,
  functionName,
}));
const routesWhere = (matches: (route: Route) => boolean): ((key: string) => boolean) => {
  const keys = new Set(table.filter(([, route]) => matches(route)).map(([key]) => key));
  return (key) => keys.has(key.replace(/^HEAD /, 'GET '));
};
/** Nobody checks who calls these. */
export const isForAnybody = routesWhere(({ access }) => access === 'open');
/** API Gateway lets everybody call these. Of a page the function checks the grant or the cookie itself. */
export const isOpen = routesWhere(({ access, function: name }) => access === 'open' || name === 'pages');

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
