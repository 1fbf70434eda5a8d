import { beforeAll, describe, expect, test } from '@jest/globals';
import { sls, withProjectCopy } from '../project-copy.ts';
import { api, authorizer } from './api-kinds.ts';
import { route } from './kinds.ts';
import { type Package, packageStage } from './packaged.ts';
import type { Template } from './template.ts';

const isPage = (routeKey: string) => routeKey.split(' ')[1]?.startsWith('/ui/');

/** The authorization of every route that is no page. */
const authorizationsOf = (template: Template) =>
  [...template.all(route).values()]
    .filter(({ RouteKey }) => !isPage(RouteKey))
    .map(({ AuthorizationType, AuthorizerId }) => [AuthorizationType, AuthorizerId?.Ref]);
const pagesOf = (template: Template) =>
  [...template.all(route).values()].filter(({ RouteKey }) => isPage(RouteKey));

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

  test('has it before every route but the pages, which check a grant or a cookie', () => {
    const found = authorizationsOf(template);
    expect(found.length).toBeGreaterThan(3);
    expect(new Set(found.map(String))).toEqual(new Set(['JWT,HttpApiAuthorizerJwt']));
    for (const { AuthorizationType } of pagesOf(template)) expect(AuthorizationType).toBeUndefined();
  });

  test('answers pages of the given origins, for the methods that it has, without cookies', () => {
    const [{ CorsConfiguration } = {}] = [...template.all(api).values()];
    expect(CorsConfiguration).toMatchObject({
      AllowOrigins: ['https://a.example', 'http://localhost:5173'],
      AllowMethods: expect.arrayContaining(['GET', 'POST']),
      AllowHeaders: expect.arrayContaining(['authorization', 'content-type', 'idempotency-key']),
    });
    expect(CorsConfiguration).not.toHaveProperty('AllowCredentials');
  });
});

describe('a stage with auth=iam', () => {
  let pkg: Package;
  beforeAll(async () => {
    pkg = await packageStage('preview', { auth: 'iam' });
  });

  test('has SigV4 checked before every route but the pages, and no authorizer of its own', () => {
    expect(new Set(authorizationsOf(pkg.template).map(String))).toEqual(new Set(['AWS_IAM,']));
    for (const { AuthorizationType } of pagesOf(pkg.template)) expect(AuthorizationType).toBeUndefined();
    expect([...pkg.template.all(authorizer)]).toEqual([]);
  });
});

describe('sls package stops', () => {
  /** The lines of the message, each of which starts with a dash. */
  const problemsOf = (stage: string, ...parameters: string[]): Promise<readonly string[]> =>
    withProjectCopy(async (dir) => {
      const given = parameters.flatMap((parameter) => ['--param', parameter]);
      const packaging = sls(dir, ['package', '--stage', stage, '--package', 'out', ...given]);
      const output: unknown = await packaging.catch(
        (error: { stdout: string; stderr: string }) => `${error.stdout}${error.stderr}`,
      );
      const lines = String(output).split('\n');
      return lines.filter((line) => line.startsWith('- '));
    });

  test.each([
    ['an open stage', 'prod', ['auth=none'], [/^- auth is none, which would open the stage prod/]],
    [
      'the stage local, which may be open',
      'local',
      [],
      [/^- The stage local is for `npm start`/, /^- auth is none, which would open the stage local/],
    ],
    ['an unknown mode', 'prod', ['auth=basic'], [/^- auth is "basic"\. Use apiKey, jwt, iam or none\./]],
    [
      'jwt without issuer and audience',
      'prod',
      ['auth=jwt'],
      [/^- jwtIssuer is empty/, /^- jwtAudience is empty/],
    ],
    [
      'several mistakes, all at once',
      'prod',
      ['auth=jwt', 'jwtIssuer=http://a', 'cors=https://a/b', 'throtleRate=1', 'heartbeatSeconds=50'],
      [
        /^- jwtAudience is empty/,
        /^- jwtIssuer is "http:\/\/a"\. Use the issuer's address/,
        /^- cors is "https:\/\/a\/b"\. Use a comma list of origins/,
        /^- throtleRate is not a parameter\. Is it misspelt\?/,
        /^- heartbeatSeconds is 50, more than half of leaseSeconds \(60\)/,
      ],
    ],
  ])('for %s', async (_what, stage, parameters, expected) => {
    const problems = await problemsOf(stage, ...parameters);
    expect(problems).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(problems[index]).toMatch(pattern);
  });
});
