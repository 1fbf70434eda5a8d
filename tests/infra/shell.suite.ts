import { describe, expect, test } from '@jest/globals';
import { api, apiStage, authorizer, queuePolicy, topic, topicPolicy } from './api-kinds.ts';
import { logGroup, queue, route } from './kinds.ts';
import type { Package } from './packaged.ts';

const tlsOnly = { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

/** What API Gateway lets an access log say: nothing of the query, where a grant may be, and no header. */
const loggable = [
  'requestId',
  'identity.sourceIp',
  'routeKey',
  'path',
  'status',
  'responseLatency',
  'authorizer.error',
  'integrationErrorMessage',
];

/** What surrounds the functions of a stage with the default parameters. */
export function describeShell({ template }: Package, logRetentionDays: number): void {
  test('every queue refuses requests without TLS', () => {
    const refusing = [...template.all(queuePolicy).values()].filter(({ PolicyDocument: { Statement } }) =>
      Statement.some((each) => {
        const { Effect, Principal, Condition, Action, Resource } = each;
        expect({ Effect, Principal, Condition }).toEqual(tlsOnly);
        return Action === 'sqs:*' && Resource === '*';
      }),
    );
    const ids = refusing.flatMap(({ Queues }) => Queues.map(({ Ref }) => Ref));
    expect(ids.sort()).toEqual([...template.all(queue).keys()].sort());
  });

  // A policy of one's own replaces the one with which SNS lets the account's alarms publish.
  test('every topic refuses messages without TLS, and takes those of the alarms of the account', () => {
    const topics = [...template.all(topicPolicy).values()];
    expect(topics.flatMap(({ Topics }) => Topics.map(({ Ref }) => Ref))).toEqual([
      ...template.all(topic).keys(),
    ]);
    for (const { Topics, PolicyDocument } of topics) {
      const common = { Action: 'sns:Publish', Resource: Topics[0], Sid: expect.any(String) };
      const Condition = { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
      const alarms = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Condition };
      expect(PolicyDocument.Statement).toEqual([
        { ...alarms, ...common },
        { ...tlsOnly, ...common },
      ]);
    }
  });

  describe('the HTTP API', () => describeApi(template, logRetentionDays));
}

function describeApi(template: Package['template'], logRetentionDays: number): void {
  const [stage] = [...template.all(apiStage).values()];

  test('logs each call, without its query and headers, for as long as the functions do', () => {
    const { DestinationArn, Format = '' } = stage?.AccessLogSettings ?? {};
    const variables = [...Format.matchAll(/\$context\.([\w.]+)/g)].map(([, name]) => name);
    expect(variables.sort()).toEqual([...loggable].sort());
    expect(() => JSON.parse(Format)).not.toThrow();
    const group = template.one(DestinationArn?.['Fn::GetAtt'][0] ?? '', logGroup);
    expect(group.RetentionInDays).toBe(logRetentionDays);
    // For each other name CloudWatch Logs writes the group into a policy of the account, which has room for a few.
    expect(group.LogGroupName).toMatch(/^\/aws\/vendedlogs\/http-api\/job-worker-[a-z]+$/);
  });

  test('limits the calls of all callers together', () => {
    const limits = { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 };
    expect(stage?.DefaultRouteSettings).toEqual(limits);
  });

  test('gives each route that anybody may call a limit of its own, a tenth of the limit of all', () => {
    const open = [
      'GET /',
      'GET /health',
      'GET /openapi.json',
      'GET /problems/{name}',
      'GET /ui/assets/{name}',
    ];
    const reads = [...open, 'GET /ui/sign-in'];
    const heads = reads.map((key) => key.replace('GET', 'HEAD'));
    const keys = ['$default', ...reads, ...heads, 'POST /ui/sign-in', 'POST /ui/sign-out'];
    const limits = { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 };
    expect(stage?.RouteSettings).toEqual(Object.fromEntries(keys.map((key) => [key, limits])));
  });

  // API Gateway refuses settings of a route that it does not have yet.
  test('makes the stage after those routes', () => {
    const [resource] = Object.values(template.resources).filter(
      ({ Type }) => Type === 'AWS::ApiGatewayV2::Stage',
    );
    const before = [resource?.DependsOn ?? []].flat();
    const routes = template.all(route);
    const keys = before.flatMap((id) => routes.get(id)?.RouteKey ?? []);
    expect(keys.sort()).toEqual(Object.keys(stage?.RouteSettings ?? {}).sort());
  });

  // API Gateway takes ten management calls a second, and a stage has more than a hundred routes.
  test('makes ten routes at a time', () => {
    const ids = [...template.all(route).keys()];
    expect(ids.length).toBeGreaterThan(100);
    const before = new Map(
      ids.map((id) => [
        id,
        [template.resources[id]?.DependsOn ?? []].flat().filter((each) => ids.includes(each)),
      ]),
    );
    const depthOf = (id: string): number => 1 + Math.max(0, ...(before.get(id) ?? []).map(depthOf));
    const depths = Object.values(Object.groupBy(ids, depthOf)).map((together = []) => together.length);
    expect(Math.max(...depths)).toBe(10);
    expect(depths).toHaveLength(Math.ceil(ids.length / 10));
    // In a chain, one route alone waits for another one.
    const awaited = [...before.values()].flat();
    expect(new Set(awaited).size).toBe(awaited.length);
  });

  test('leaves the check of API keys to the functions, and answers no page of another origin', () => {
    expect([...template.all(authorizer).keys()]).toEqual([]);
    const types = [...template.all(route).values()].map(({ AuthorizationType }) => AuthorizationType);
    expect(new Set(types)).toEqual(new Set([undefined]));
    const [{ CorsConfiguration } = {}] = [...template.all(api).values()];
    expect(CorsConfiguration).toBeUndefined();
  });
}
