import { expect, test } from '@jest/globals';
import { readSettings } from '../../shared/aws/observe/stack.ts';
import { environmentsIn, sizeOfEnvironment } from './cloudformation/limit-problems.ts';
import { policiesIn, type Statement, statementsOf } from './cloudformation/policy-problems.ts';
import { readTemplate, referencesIn } from './cloudformation/raw-template.ts';
import { manyRights, manySettings } from './many-types.ts';

const allows = (statements: readonly Statement[], [action, resource]: readonly [string, string]): boolean =>
  statements.some(
    ({ Action, Resource = [] }) =>
      Action.includes(action) && Resource.some((each) => each.endsWith(resource)),
  );

/** @param text the template of a stage with sixty job types */
export function describeManyTypes(text: string): void {
  const template = readTemplate(text);

  test('no policy has 9,000 characters, of which IAM takes 10,240 in a role and 6,144 elsewhere', () => {
    const sizes = policiesIn(template).map(({ place, document }) => [place, JSON.stringify(document).length]);
    expect(sizes.filter(([, size]) => Number(size) >= 9000)).toEqual([]);
  });

  test('no function has 3,800 bytes of variables, of which Lambda takes 4,096', () => {
    const sizes = Object.entries(environmentsIn(template)).map(([id, each]) => [id, sizeOfEnvironment(each)]);
    expect(sizes.filter(([, size]) => Number(size) >= 3800)).toEqual([]);
  });

  const idsOf = (type: string): readonly string[] =>
    Object.entries(template.Resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
  const ofServers = idsOf('AWS::IAM::ManagedPolicy').filter((id) => id.startsWith('Servers'));

  test.each([
    ['worker', ['WorkerIamRoleLambdaExecution']],
    ['longWorker', ['LongWorkerIamRoleLambdaExecution']],
    ['a server', ofServers],
  ])('%s may do what each type needs', (_who, ids) => {
    const statements = ids.flatMap((id) => statementsOf(template, id));
    expect(manyRights.filter((right) => !allows(statements, right))).toEqual([]);
  });

  test('only who runs the types may do what they need', () => {
    const others = idsOf('AWS::IAM::Role').filter((id) => !/^(Long)?Worker/.test(id));
    expect(others.length).toBeGreaterThan(10);
    for (const id of others)
      expect([id, manyRights.filter((right) => allows(statementsOf(template, id), right))]).toEqual([id, []]);
  });

  test('a role waits for its policies, and each policy is that of one role, or has an output by which people attach it', () => {
    const roles = idsOf('AWS::IAM::Role').flatMap((id) =>
      referencesIn(template.Resources[id]?.Properties.ManagedPolicyArns).map((each) => each.id),
    );
    const outputs = Object.entries(template.Outputs).flatMap(([name, { Value }]) =>
      name.startsWith('ServersPolicyArn') ? referencesIn(Value).map((each) => each.id) : [],
    );
    expect(outputs).toEqual(ofServers);
    expect([roles.length > 2, ofServers.length > 1]).toEqual([true, true]);
    expect([...roles, ...outputs].sort()).toEqual([...idsOf('AWS::IAM::ManagedPolicy')].sort());
  });

  // The policy of a deployer lets a role have policies of these names alone.
  test('CloudFormation gives each policy its name, which begins with that of the stack', () => {
    const named = idsOf('AWS::IAM::ManagedPolicy').filter(
      (id) => template.Resources[id]?.Properties.ManagedPolicyName !== undefined,
    );
    expect(named).toEqual([]);
  });

  test('a worker server outside of the stack finds the settings of all types in its outputs', () => {
    const outputs = new Map(
      Object.entries(template.Outputs).map(([name, { Value }]) => [name, String(Value)]),
    );
    const settings = readSettings(outputs);
    for (const [index, value] of Object.values(manySettings).entries())
      expect(settings[`BRANCH_${String(index + 1).padStart(2, '0')}_PLACE`]).toBe(value);
  });
}
