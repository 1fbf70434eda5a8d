import { expect, test } from '@jest/globals';
import { lambdaFunction, role } from './kinds.ts';
import type { Template } from './template.ts';

export const vpc = { vpcSubnets: 'subnet-0a1b, subnet-2c3d', vpcSecurityGroups: 'sg-0a1b' };
/** To have network interfaces: AWS's own policy for that. */
const mayJoin = expect.stringMatching(/:iam::aws:policy\/service-role\/AWSLambdaVPCAccessExecutionRole$/);
const workers = ['longWorker', 'worker'];

/** @param joined a stage with these parameters @param other one without */
export function describeVpc(joined: Template, other: Template): void {
  const inVpc = (template: Template) =>
    [...template.all(lambdaFunction).values()]
      .filter(({ VpcConfig }) => VpcConfig !== undefined)
      .map(({ FunctionName, VpcConfig, Role }) => {
        const { ManagedPolicyArns = [] } = template.one(Role, role);
        return { name: FunctionName.split('-').at(-1), VpcConfig, managed: ManagedPolicyArns.map(textOf) };
      });

  test('has both workers in it, and no other function, with the right to network interfaces', () => {
    const VpcConfig = { SubnetIds: ['subnet-0a1b', 'subnet-2c3d'], SecurityGroupIds: ['sg-0a1b'] };
    const found = inVpc(joined).sort((one, two) => String(one.name).localeCompare(String(two.name)));
    expect(found).toEqual(workers.map((name) => ({ name, VpcConfig, managed: [mayJoin] })));
  });

  test('is what a stage asks for: another one has no function in a VPC', () => {
    expect(inVpc(other)).toEqual([]);
  });
}

const textOf = (arn: { readonly 'Fn::Join': readonly [string, readonly unknown[]] }): string =>
  arn['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : '')).join('');
