import { describe, expect, it, test } from '@jest/globals';
import { eventSource, role } from './kinds.ts';
import type { Package, PackagedFunction } from './packaged.ts';

const receive = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];
const readAndWrite = ['dynamodb:GetItem', 'dynamodb:UpdateItem'];

/** All that each function may do, and to what; but for its log. */
const privileges: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  submit: { StandardQueue: ['sqs:SendMessage'], JobTable: readAndWrite },
  worker: {
    StandardQueue: [...receive, 'sqs:SendMessage'],
    StandardDeadLetterQueue: ['sqs:SendMessage'],
    JobTable: readAndWrite,
  },
  status: { JobTable: ['dynamodb:GetItem'] },
  cancel: { JobTable: readAndWrite },
  retry: { StandardQueue: ['sqs:SendMessage'], JobTable: readAndWrite },
  deadletter: {
    StandardDeadLetterQueue: [...receive, 'sqs:SendMessage'],
    UnreadableQueue: ['sqs:SendMessage'],
    JobTable: readAndWrite,
  },
};

const logGroupArn = 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/';

export function describePrivileges(pkg: Package): void {
  test('every function has a role of its own', () => {
    const roles = pkg.functions.map(({ properties }) => properties.Role);
    expect(new Set(roles).size).toBe(pkg.functions.length);
  });

  describe.each(pkg.functions)('$name', (fn) => {
    test('may do just this', () => {
      const { [`${logGroupArn}${fn.properties.FunctionName}:*:*`]: logs, ...others } = rightsOf(fn, pkg);
      expect(others).toEqual(privileges[fn.name]);
      expect(logs).toEqual(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']);
    });

    test('has no wildcard in any action, and its role has no other policy', () => {
      const rights = Object.values(rightsOf(fn, pkg)).flat();
      for (const action of rights) expect(action).toMatch(/^[a-z]+:[A-Za-z]+$/);
      expect(pkg.template.one(fn.properties.Role, role).ManagedPolicyArns).toEqual([]);
    });

    test('may be a part of a loop only if it sends to what a function works off', () => {
      expect(fn.properties.RecursiveLoop).toBe(isPartOfLoop(fn, pkg) ? 'Allow' : undefined);
      expect(isPartOfLoop(fn, pkg)).toBe(['worker', 'deadletter'].includes(fn.name));
    });
  });

  test('roles can be assumed by Lambda alone', () => {
    const Principal = { Service: ['lambda.amazonaws.com'] };
    const Statement = [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRole'] }];
    for (const { AssumeRolePolicyDocument } of pkg.template.all(role).values())
      expect(AssumeRolePolicyDocument).toEqual({ Version: '2012-10-17', Statement });
  });

  // The framework's own role is compiled too, though no function has it: it may write every log of the stage and
  // receive from both queues. `resources.extensions` can take its policies away; then this is `it`.
  it.failing('no role has rights that is not a function’s', () => {
    const used = new Set(pkg.functions.map(({ properties }) => properties.Role));
    const unused = [...pkg.template.all(role)].filter(([id]) => !used.has(id));
    expect(unused.flatMap(([, { Policies }]) => Policies)).toEqual([]);
  });
}

/** Actions by the resource they are allowed on. */
function rightsOf({ properties }: PackagedFunction, { template }: Package): Record<string, string[]> {
  const { Policies } = template.one(properties.Role, role);
  const rights: Record<string, Set<string>> = {};
  for (const { Action, Resource } of Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))
    for (const resource of Resource) rights[resource] = new Set([...(rights[resource] ?? []), ...Action]);
  return Object.fromEntries(
    Object.entries(rights).map(([resource, actions]) => [resource, [...actions].sort()]),
  );
}

function isPartOfLoop(fn: PackagedFunction, pkg: Package): boolean {
  const sources = [...pkg.template.all(eventSource).values()];
  const rights = rightsOf(fn, pkg);
  return (
    sources.some(({ FunctionName }) => FunctionName === fn.id) &&
    sources.some(({ EventSourceArn }) => rights[EventSourceArn]?.includes('sqs:SendMessage'))
  );
}
