import { expect, test } from '@jest/globals';
import { ownOrigin } from '../../infra/template/http-api.ts';
import { routes } from '../../shared/http/routes.ts';
import { api, authorizer, bucket } from './api-kinds.ts';
import { lambdaFunction, role, route } from './kinds.ts';
import { findingsIn } from './nag-findings.ts';
import type { Template } from './template.ts';

/** Whether the function alone decides who may call a route: everybody, or a person with a grant or a session. */
function isOpen(routeKey: string): boolean {
  const entry = Object.entries(routes).find(([key]) => key === routeKey.replace(/^HEAD /, 'GET '));
  return entry?.[1].access === 'open' || entry?.[1].function === 'pages';
}

const openDocuments = ['/health', '/openapi.json', '/problems/{name}'];
const pages = [
  '/',
  '/ui',
  '/ui/jobs/{id}',
  '/ui/jobs/{id}/children/{key}',
  '/ui/jobs/{id}/logs',
  '/ui/jobs/{id}/result',
  '/ui/jobs/{id}/signals/{signal}',
  '/ui/actions',
  '/ui/job-types/{type}',
  '/ui/errors',
  '/ui/queues',
  '/ui/stats',
  '/ui/schedules',
  '/ui/sign-in',
  '/ui/assets/{name}',
];
const forms = [
  '/ui/jobs/{id}/cancel',
  '/ui/jobs/{id}/children/{key}/retry',
  '/ui/jobs/{id}/retry',
  '/ui/jobs/{id}/signals/{signal}',
  '/ui/actions',
  '/ui/job-types/{type}',
  '/ui/uploads',
  '/ui/schedules/{schedule}/run',
  '/ui/schedules/{schedule}/pause',
  '/ui/schedules/{schedule}/resume',
  '/ui/sign-in',
  '/ui/sign-out',
];

/** cdk-nag's rule that a route has an authorizer. With apiKey it is excepted: the function checks the credential. */
const routesWithoutAuthorizer = ({ text }: Template) =>
  findingsIn(text)
    .filter(({ rule }) => rule === 'AwsSolutions-APIG4')
    .map(({ resource }) => resource);

/** The authorization of every route that API Gateway guards. */
const authorizationsOf = (template: Template) =>
  [...template.all(route).values()]
    .filter(({ RouteKey }) => !isOpen(RouteKey))
    .map(({ AuthorizationType, AuthorizerId }) => [AuthorizationType, AuthorizerId?.Ref]);

/** Checks the routes without an authorizer: pages, and what is open. */
function expectOpenRoutes(template: Template): void {
  const open = [...template.all(route).values()].filter(({ RouteKey }) => isOpen(RouteKey));
  const read = ['GET', 'HEAD'].flatMap((method) =>
    [...openDocuments, ...pages].map((path) => `${method} ${path}`),
  );
  const expected = ['$default', ...read, ...forms.map((path) => `POST ${path}`)];
  expect(open.map(({ RouteKey }) => RouteKey).sort()).toEqual(expected.sort());
  for (const { AuthorizationType } of open) expect(AuthorizationType).toBeUndefined();
  expect(routesWithoutAuthorizer(template)).toHaveLength(open.length);
}

/** @param template of a stage with `auth=jwt` */
export function describeJwt(template: Template): void {
  test('has an authorizer with the issuer and the audiences', () => {
    expect([...template.all(authorizer)]).toEqual([
      [
        'HttpApiAuthorizerJwt',
        expect.objectContaining({
          AuthorizerType: 'JWT',
          IdentitySource: ['$request.header.Authorization'],
          JwtConfiguration: { Issuer: 'https://login.example.com/', Audience: ['jobs', 'reports'] },
        }),
      ],
    ]);
  });

  test('has it before every route, also of HEAD, but the pages and what is open', () => {
    const found = authorizationsOf(template);
    expect(found.length).toBeGreaterThan(15);
    expect(new Set(found.map(String))).toEqual(new Set(['JWT,HttpApiAuthorizerJwt']));
    expectOpenRoutes(template);
  });

  test('answers pages of the given origins, for the methods that it has, without cookies', () => {
    const [{ CorsConfiguration } = {}] = [...template.all(api).values()];
    expect(CorsConfiguration).toMatchObject({
      AllowOrigins: ['https://a.example', 'http://localhost:5173'],
      AllowMethods: expect.arrayContaining(['GET', 'HEAD', 'POST', 'DELETE']),
      AllowHeaders: expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
    });
    expect(CorsConfiguration).not.toHaveProperty('AllowCredentials');
  });

  test('tells the functions behind the API, and workers, which make links, and no other, where clients find it', () => {
    const handlers = [...template.all(lambdaFunction).values()].flatMap(({ Handler, Environment }) =>
      Environment.Variables.PUBLIC_URL === 'https://api.example.com/jobs' ? [Handler.split('/')[1]] : [],
    );
    const behindApi = Object.values(routes).map((each) => each.function);
    expect(handlers.sort()).toEqual([...new Set([...behindApi, 'worker', 'long-worker'])].sort());
  });

  test('limits the routes of anybody to one call a second at least', () => {
    const $default = { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 100 };
    expect(template.resources.HttpApiStage?.Properties).toMatchObject({ RouteSettings: { $default } });
  });

  test('lets the same pages send and read objects whose URLs are signed', () => {
    const { CorsConfiguration } = template.one('Bucket', bucket);
    const own = [ownOrigin, 'https://api.example.com'];
    const writing = { AllowedOrigins: [...own, 'https://a.example', 'http://localhost:5173'] };
    const reading = { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] };
    expect(CorsConfiguration).toMatchObject({ CorsRules: [writing, reading] });
  });
}

/** @param template of a stage with `auth=apiKey,jwt` */
export function describeTwoDoors(template: Template): void {
  test('has a function that verifies tokens, whose answer is kept for less than a minute', () => {
    const [[id, found] = []] = [...template.all(authorizer)];
    expect(id).toBe('HttpApiAuthorizerJwt');
    expect(found).toMatchObject({
      AuthorizerType: 'REQUEST',
      AuthorizerPayloadFormatVersion: '2.0',
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 50,
      IdentitySource: ['$request.header.Authorization'],
    });
    expect(JSON.stringify(found?.AuthorizerUri)).toContain('AuthorizeLambdaFunction');
    const { Environment } = template.one('AuthorizeLambdaFunction', lambdaFunction);
    expect(Environment.Variables).toMatchObject({
      JWT_ISSUER: 'https://login.example.com/',
      JWT_AUDIENCE: 'jobs,reports',
      JWT_TENANT_CLAIM: 'sub',
    });
    const { Policies } = template.one('AuthorizeIamRoleLambdaExecution', role);
    const actions = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).flatMap(
      ({ Action }) => Action,
    );
    expect(actions.filter((action) => !action.startsWith('logs:'))).toEqual([]);
  });

  test('has it before every route but the pages and what is open', () => {
    expect(new Set(authorizationsOf(template).map(String))).toEqual(new Set(['CUSTOM,HttpApiAuthorizerJwt']));
    expectOpenRoutes(template);
  });
}

/** @param template of a stage with `auth=iam` */
export function describeIam(template: Template): void {
  test('has SigV4 checked before every route but the pages and what is open, and no authorizer of its own', () => {
    expect(new Set(authorizationsOf(template).map(String))).toEqual(new Set(['AWS_IAM,']));
    expectOpenRoutes(template);
    expect([...template.all(authorizer)]).toEqual([]);
  });
}
