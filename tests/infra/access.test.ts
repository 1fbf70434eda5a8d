import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ownOrigin } from '../../infra/http-api.ts';
import { routes } from '../../shared/http/routes.ts';
import { sls, withProjectCopy } from '../project-copy.ts';
import { api, authorizer, bucket } from './api-kinds.ts';
import { route } from './kinds.ts';
import { findingsIn } from './nag-findings.ts';
import { packageStage } from './packaged.ts';
import type { Template } from './template.ts';

/** Whether the function alone decides who may call a route: everybody, or whoever has a grant or a session. */
function isOpen(routeKey: string): boolean {
  const entry = Object.entries(routes).find(([key]) => key === routeKey.replace(/^HEAD /, 'GET '));
  return entry?.[1].access === 'open' || entry?.[1].function === 'pages';
}

const openDocuments = ['/health', '/openapi.json', '/problems/{name}'];
const pages = [
  '/',
  '/ui',
  '/ui/jobs/{id}',
  '/ui/jobs/{id}/result',
  '/ui/actions',
  '/ui/job-types/{type}',
  '/ui/queues',
  '/ui/sign-in',
  '/ui/assets/{name}',
];
const forms = [
  '/ui/jobs/{id}/cancel',
  '/ui/jobs/{id}/retry',
  '/ui/actions',
  '/ui/job-types/{type}',
  '/ui/uploads',
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

describe('a stage with auth=jwt', () => {
  const parameters = {
    auth: 'jwt',
    jwtIssuer: 'https://login.example.com/',
    jwtAudience: 'jobs, reports',
    cors: 'https://a.example,http://localhost:5173',
    throttleRate: '7',
  };
  let template: Template;
  beforeAll(async () => {
    ({ template } = await packageStage('preview', parameters));
  });

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

  test('lets the same pages send and read objects whose URLs are signed', () => {
    const { CorsConfiguration } = template.one('Bucket', bucket);
    const writing = { AllowedOrigins: [ownOrigin, 'https://a.example', 'http://localhost:5173'] };
    const reading = { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] };
    expect(CorsConfiguration).toMatchObject({ CorsRules: [writing, reading] });
  });
});

describe('a stage with auth=iam', () => {
  let template: Template;
  beforeAll(async () => {
    ({ template } = await packageStage('preview', { auth: 'iam' }));
  });

  test('has SigV4 checked before every route but the pages and what is open, and no authorizer of its own', () => {
    expect(new Set(authorizationsOf(template).map(String))).toEqual(new Set(['AWS_IAM,']));
    expectOpenRoutes(template);
    expect([...template.all(authorizer)]).toEqual([]);
  });
});

describe('a command that would deploy', () => {
  interface Attempt {
    readonly command: readonly string[];
    readonly stage: string;
    readonly parameters?: readonly string[];
    /** Changes serverless.yml. */
    readonly edit?: (text: string) => string;
  }

  /** The lines of the message, each of which starts with a dash. */
  const problemsOf = ({ command, stage, parameters = [], edit }: Attempt): Promise<readonly string[]> =>
    withProjectCopy(async (dir) => {
      const file = join(dir, 'serverless.yml');
      if (edit) await writeFile(file, edit(await readFile(file, 'utf8')));
      const given = parameters.flatMap((parameter) => ['--param', parameter]);
      const running = sls(dir, [...command, '--stage', stage, ...given]);
      const output = await running.catch(
        ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
      );
      return output.split('\n').filter((line) => line.startsWith('- '));
    });

  const open = /^- auth is none, which would open the stage/;
  const attempts: readonly (readonly [string, Attempt, readonly RegExp[]])[] = [
    [
      'an open stage, and names everything else that is wrong',
      {
        command: ['package'],
        stage: 'prod',
        parameters: ['auth=none', 'cors=https://a/b', 'throtleRate=1', 'heartbeatSeconds=50'],
      },
      [
        open,
        /^- cors is "https:\/\/a\/b"\. Use a comma list of origins/,
        /^- throtleRate is not a parameter\. Is it misspelt\?/,
        /^- heartbeatSeconds is 50, more than half of leaseSeconds \(60\)/,
      ],
    ],
    [
      'jwt without issuer and audience, and routes that nobody checks or has',
      {
        command: ['package'],
        stage: 'prod',
        parameters: ['auth=jwt'],
        edit: (text) => text.replace('POST /jobs/{id}/retry', 'POST /jobs/{id}/again'),
      },
      [
        /^- jwtIssuer is empty/,
        /^- jwtAudience is empty/,
        /^- POST \/jobs\/\{id\}\/again has no entry in shared\/http\/routes\.ts/,
        /^- POST \/jobs\/\{id\}\/retry is in shared\/http\/routes\.ts, but no function/,
      ],
    ],
    [
      'the stage local, which may be open',
      { command: ['deploy'], stage: 'local' },
      [/^- The stage local is for `npm start`/, open],
    ],
    [
      'a function alone, with an environment that opens it',
      { command: ['deploy', 'function', '-f', 'submit'], stage: 'prod', parameters: ['auth=none'] },
      [open],
    ],
  ];
  test.each(attempts)('stops for %s', async (_what, attempt, expected) => {
    const problems = await problemsOf(attempt);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });
});
