import { describe, expect, test } from '@jest/globals';
import { ofEachOrdered } from './expected.ts';
import { privileges, schedulers } from './expected-privileges.ts';
import { eventSource, role } from './kinds.ts';
import type { Package, PackagedFunction } from './packaged.ts';
import { rightsIn } from './rights-in.ts';

/** Whether EventBridge Scheduler assumes it. scheduler.suite.ts has what such a role may do. */
const isOfScheduler = (id: string): boolean => Object.hasOwn(schedulers, id);

export function describePrivileges(pkg: Package): void {
  const usedRoles = new Set(pkg.functions.map(({ properties }) => properties.Role));

  test('every function has a role of its own', () => {
    expect(usedRoles.size).toBe(pkg.functions.length);
  });

  describe.each(pkg.functions)('$name', (fn) => describeRights(fn, pkg));

  test('only Lambda can assume the role of a function', () => {
    const Principal = { Service: ['lambda.amazonaws.com'] };
    const Statement = [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRole'] }];
    for (const [id, { AssumeRolePolicyDocument }] of pkg.template.all(role))
      if (!isOfScheduler(id)) expect(AssumeRolePolicyDocument).toEqual({ Version: '2012-10-17', Statement });
  });

  // The framework adds a role that no function has.
  test('a role that no function has grants no rights, but for those of Scheduler', () => {
    const unused = [...pkg.template.all(role)].filter(([id]) => !usedRoles.has(id) && !isOfScheduler(id));
    expect(unused.flatMap(([, { Policies }]) => Policies)).toEqual([]);
  });
}

function describeRights(fn: PackagedFunction, pkg: Package): void {
  const rights = () => rightsIn(statementsOf(fn, pkg));

  test('may do only the expected actions, some on a condition, and write its own log', () => {
    const all = rights();
    const log = Object.keys(all).find((id) =>
      id.endsWith(`:log-group:/aws/lambda/${fn.properties.FunctionName}:*:*`),
    );
    const { [log ?? '']: logging, ...others } = all;
    expect(others).toEqual(ofEachOrdered(privileges[fn.name] ?? {}, pkg.stage));
    // The stack has its group: a function that may make one brings it back after the stage is removed, without an end of its logs.
    expect(logging).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  test('has no wildcard in its actions, and no managed policy', () => {
    for (const action of Object.values(rights()).flat()) expect(action).toMatch(/^[a-z][a-z0-9]*:[A-Za-z]+$/);
    expect(pkg.template.one(fn.properties.Role, role).ManagedPolicyArns).toEqual([]);
  });

  test('allows recursive loops exactly if it processes a queue and sends to a queue that a function processes', () => {
    expect(fn.properties.RecursiveLoop).toBe(isPartOfLoop(fn, pkg) ? 'Allow' : undefined);
  });
}

const statementsOf = ({ properties }: PackagedFunction, { template }: Package) =>
  template.one(properties.Role, role).Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

/** The allowed actions, by resource. */
function isPartOfLoop(fn: PackagedFunction, pkg: Package): boolean {
  const sources = [...pkg.template.all(eventSource).values()];
  const rights = rightsIn(statementsOf(fn, pkg));
  return (
    sources.some(({ FunctionName }) => FunctionName === fn.id) &&
    sources.some(({ EventSourceArn }) => rights[EventSourceArn]?.includes('sqs:SendMessage'))
  );
}
