import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fitPolicies } from '../../../../infra/template/fit-policies.ts';
import { mergeStatements } from '../../../../infra/template/merge-statements.ts';
import type { Resource, Resources } from '../../../../infra/template/serverless.ts';
import { allow, arnOf, inAccount, type Statement } from '../../../../infra/template/template-values.ts';

type Policy = { readonly PolicyDocument: { readonly Statement: readonly Statement[] } };

const policyOf = (PolicyName: string, ...Statement: readonly Statement[]) => ({
  PolicyName,
  PolicyDocument: { Version: '2012-10-17', Statement },
});
const role = (...Policies: readonly object[]): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: { Policies },
});
const fitted = (template: Resources, region = 'eu-central-1') =>
  fitPolicies(template, { region, name: 'job-worker-prod', resources: template.Resources ?? {} });

const table = (number: number): string => `arn:aws:dynamodb:eu-central-1:000000000000:table/orders-${number}`;
const tables = (count: number, from = 0): readonly string[] =>
  Array.from({ length: count }, (_, index) => table(from + index));
const read = (count: number, from = 0): Statement => allow(['dynamodb:GetItem'], tables(count, from));

const sizeOf = (document: unknown): number => JSON.stringify(document).length;
const inlineOf = (each: Resource | undefined): readonly Policy[] =>
  (each?.Properties?.Policies ?? []) as readonly Policy[];
const namedBy = (each: Resource | undefined): readonly string[] =>
  ((each?.Properties?.ManagedPolicyArns ?? []) as readonly { Ref: string }[]).map(({ Ref }) => Ref);
const documentOf = (each: Resource | undefined) =>
  each?.Properties?.PolicyDocument as Policy['PolicyDocument'];

/** Each right by itself. */
const rightsIn = (statements: readonly Statement[]): readonly string[] =>
  statements
    .flatMap(({ Action, Resource, Condition }) =>
      [Action]
        .flat()
        .flatMap((action) => [Resource].flat().map((on) => JSON.stringify([action, on, Condition]))),
    )
    .sort();
const rightsOf = ({ Resources = {} }: Resources, id: string): readonly string[] =>
  rightsIn([
    ...inlineOf(Resources[id]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    ...namedBy(Resources[id]).flatMap((name) => documentOf(Resources[name]).Statement),
  ]);

describe('the rights of a role', () => {
  test('stay in its own policies, as long as these have room', () => {
    const template = { Resources: { Role: role(policyOf('own', read(50)), policyOf('vpc', read(50, 50))) } };
    const before = structuredClone(template);
    expect(fitted(template)).toEqual([]);
    expect(template).toEqual(before);
  });

  test('are written once, where the framework gives a function a part of what we give it', () => {
    const calls = ['sqs:ReceiveMessage', 'sqs:DeleteMessage'];
    const all = [...calls, 'sqs:ChangeMessageVisibility'];
    const own = policyOf('own', allow(calls, [arnOf('Queue')]), allow(all, [arnOf('Queue')]));
    const template: Resources = { Resources: { Role: role(own) } };
    expect(fitted(template)).toEqual([]);
    const [written] = inlineOf(template.Resources?.Role);
    expect(written?.PolicyDocument.Statement).toEqual([allow(all, [arnOf('Queue')])]);
  });

  test('that have no room there are in managed policies, which the role names', () => {
    const template: Resources = { Resources: { Role: role(policyOf('own', read(80), read(80, 80))) } };
    const before = rightsOf(template, 'Role');
    expect(fitted(template)).toEqual([]);
    const [Role, [policy = '', ...others]] = [template.Resources?.Role, namedBy(template.Resources?.Role)];
    expect([policy, others]).toEqual([expect.stringMatching(/^RoleRights[0-9a-f]{8}$/), []]);
    expect(template.Resources?.[policy]?.Type).toBe('AWS::IAM::ManagedPolicy');
    expect(inlineOf(Role)).toEqual([policyOf('own', read(80))]);
    expect(documentOf(template.Resources?.[policy]).Statement).toEqual([read(80, 80)]);
    expect(rightsOf(template, 'Role')).toEqual(before);
  });

  test('of a single statement that fits into no policy are written in parts', () => {
    const template: Resources = { Resources: { Role: role(policyOf('own', read(300))) } };
    expect(fitted(template)).toEqual([]);
    expect(rightsOf(template, 'Role')).toEqual(rightsIn([read(300)]));
    for (const name of namedBy(template.Resources?.Role))
      expect(sizeOf(documentOf(template.Resources?.[name]))).toBeLessThan(6144);
  });

  test('are all there, each policy has its room, and nothing moves without need, whatever the rights are', () => {
    const text = (max: number) => fc.string({ minLength: 1, maxLength: max, unit: 'grapheme-ascii' });
    const statement = fc.record({
      actions: fc.array(text(30), { minLength: 1, maxLength: 5 }),
      resources: fc.array(text(120), { minLength: 1, maxLength: 60 }),
      condition: fc.option(text(20), { nil: undefined }),
    });
    const lists = fc.array(fc.array(statement, { maxLength: 12 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(lists, (given) => {
        const all = given.map((list, index) =>
          policyOf(
            `p${index}`,
            ...mergeStatements(
              list.map(({ actions, resources, condition }) => ({
                ...allow(actions, resources),
                ...(condition === undefined ? {} : { Condition: { StringEquals: { a: condition } } }),
              })),
            ),
          ),
        );
        const template: Resources = { Resources: { Role: role(...all) } };
        const before = rightsOf(template, 'Role');
        const counted = (value: unknown): number => JSON.stringify(value).replaceAll(/\s/g, '').length;
        const sum = all.reduce((size, { PolicyDocument }) => size + counted(PolicyDocument), 0);
        if (fitted(template).length > 0) return expect(sum).toBeGreaterThan(30_000);
        const { Role } = template.Resources ?? {};
        const own = inlineOf(Role).reduce((size, { PolicyDocument }) => size + counted(PolicyDocument), 0);
        expect(own).toBeLessThanOrEqual(8500);
        const made = namedBy(Role).map((name) => counted(documentOf(template.Resources?.[name])));
        expect(made.length).toBeLessThanOrEqual(5);
        expect(made.length > 0).toBe(sum > 8500);
        for (const size of made) expect(size).toBeLessThanOrEqual(5900);
        return expect(rightsOf(template, 'Role')).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('count all policies of the role, with what CloudFormation puts in place of references', () => {
    const ids = Array.from({ length: 80 }, (_, index) => `Queue${index}`);
    const queue: Resource = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q'.repeat(80) } };
    const queues = Object.fromEntries(ids.map((id) => [id, queue]));
    const refer = allow(['sqs:SendMessage'], ids.map(arnOf));
    // 80 references of some 35 characters, and 120 of the ARN.
    const template: Resources = { Resources: { ...queues, Role: role(policyOf('own', refer)) } };
    expect(JSON.stringify(template.Resources?.Role).length).toBeLessThan(6000);
    expect(fitted(template)).toEqual([]);
    expect(namedBy(template.Resources?.Role)).toHaveLength(1);
    const halves: Resources = {
      Resources: { Role: role(policyOf('a', read(75)), policyOf('b', read(75, 75))) },
    };
    expect(fitted(halves)).toEqual([]);
    expect(namedBy(halves.Resources?.Role)).toHaveLength(1);
  });

  test('count the longer names of a partition', () => {
    const statements = Array.from({ length: 150 }, (_, index) =>
      allow(['dynamodb:GetItem'], inAccount('dynamodb', `table/${index}`)),
    );
    const made = (region: string) => {
      const template: Resources = { Resources: { Role: role(policyOf('own', ...statements)) } };
      expect(fitted(template, region)).toEqual([]);
      return namedBy(template.Resources?.Role).length;
    };
    expect([made('us-east-1'), made('us-gov-east-1')]).toEqual([0, 1]);
  });

  test('are in another policy when they are others, so that a role gets and loses rights in one call', () => {
    const idWith = (from: number): string => {
      const template: Resources = { Resources: { Role: role(policyOf('own', read(80), read(80, from))) } };
      fitted(template);
      return namedBy(template.Resources?.Role)[0] ?? '';
    };
    expect([idWith(80), idWith(80)]).toEqual([idWith(80), idWith(80)]);
    expect(idWith(81)).not.toBe(idWith(80));
  });

  test('that fit nowhere are refused, with the role and the sum', () => {
    const template: Resources = { Resources: { WorkerRole: role(policyOf('own', read(1000))) } };
    expect(fitted(template)).toEqual([
      expect.stringMatching(
        /^WorkerRole has rights of 6\d,\d{3} characters\. IAM takes 10,240 .* table\/orders-\*/,
      ),
    ]);
    const actions = Array.from({ length: 700 }, (_, index) => `dynamodb:Action${index}`);
    expect(fitted({ Resources: { Role: role(policyOf('own', allow(actions, '*'))) } })).toHaveLength(1);
  });
});

describe('the policy of worker servers', () => {
  const servers = (...Statement: readonly Statement[]): Resources => ({
    Outputs: { ServersPolicyArn: { Value: { Ref: 'ServersPolicy' } } },
    Resources: {
      ServersPolicy: {
        Type: 'AWS::IAM::ManagedPolicy',
        Properties: { Description: 'd', PolicyDocument: { Version: '2012-10-17', Statement } },
      },
    },
  });

  test('stays one, as long as it has room', () => {
    const template = servers(read(50));
    const before = structuredClone(template);
    expect(fitted(template)).toEqual([]);
    expect(template).toEqual(before);
  });

  test('keeps its name, and has more of its kind beside it, each with an output', () => {
    const template = servers(read(80), read(80, 80), read(80, 160));
    expect(fitted(template)).toEqual([]);
    expect(Object.keys(template.Resources ?? {})).toEqual([
      'ServersPolicy',
      'ServersPolicy2',
      'ServersPolicy3',
    ]);
    expect(template.Outputs).toMatchObject({
      ServersPolicyArn: { Value: { Ref: 'ServersPolicy' } },
      ServersPolicyArn2: { Value: { Ref: 'ServersPolicy2' } },
      ServersPolicyArn3: { Value: { Ref: 'ServersPolicy3' } },
    });
    const all = Object.values(template.Resources ?? {}).flatMap((each) => documentOf(each).Statement);
    expect(rightsIn(all)).toEqual(rightsIn([read(240)]));
  });

  test('is refused if ten of its kind do not have the rights', () => {
    expect(fitted(servers(read(1000)))).toEqual([expect.stringMatching(/^ServersPolicy has rights of 6\d,/)]);
  });
});
