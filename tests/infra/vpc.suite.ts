import { expect, test } from '@jest/globals';
import { lambdaFunction, role } from './kinds.ts';
import type { Template } from './template.ts';

export const vpc = { vpcSubnets: 'subnet-0a1b, subnet-2c3d', vpcSecurityGroups: 'sg-0a1b' };
/** What Lambda asks for before a function joins a VPC. AWS's own policy for that would also let the function make any group of logs. */
const mayJoin = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];
const workers = ['longWorker', 'worker'];

/** @param joined a stage with these parameters @param other one without */
export function describeVpc(joined: Template, other: Template): void {
  const inVpc = (template: Template) =>
    [...template.all(lambdaFunction).values()]
      .filter(({ VpcConfig }) => VpcConfig !== undefined)
      .map(({ FunctionName, VpcConfig, Role }) => {
        const { ManagedPolicyArns, Policies } = template.one(Role, role);
        const calls = Policies.flatMap(({ PolicyDocument }) =>
          PolicyDocument.Statement.flatMap(({ Action }) => Action),
        );
        const mayCall = calls.filter((call) => call.startsWith('ec2:')).sort();
        return { name: FunctionName.split('-').at(-1), VpcConfig, ManagedPolicyArns, mayCall };
      });

  test('has both workers in it, and no other function, with the right to network interfaces', () => {
    const VpcConfig = { SubnetIds: ['subnet-0a1b', 'subnet-2c3d'], SecurityGroupIds: ['sg-0a1b'] };
    const found = inVpc(joined).sort((one, two) => String(one.name).localeCompare(String(two.name)));
    expect(found).toEqual(
      workers.map((name) => ({ name, VpcConfig, ManagedPolicyArns: [], mayCall: mayJoin })),
    );
  });

  test('is what a stage asks for: another one has no function in a VPC', () => {
    expect(inVpc(other)).toEqual([]);
  });
}
