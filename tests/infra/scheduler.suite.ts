import { expect, test } from '@jest/globals';
import { schedulers } from './expected-privileges.ts';
import { role, scheduleGroup } from './kinds.ts';
import type { Package } from './packaged.ts';
import { rightsIn } from './rights-in.ts';

export function describeScheduler({ template, stage }: Package): void {
  // With the group, CloudFormation removes all schedules that are in it.
  test('a stage has a group of schedules, which goes with the stack', () => {
    expect(Object.fromEntries(template.all(scheduleGroup))).toEqual({
      ScheduleGroup: { Name: `job-worker-${stage}` },
    });
    const { DeletionPolicy } = template.resources.ScheduleGroup ?? {};
    expect(DeletionPolicy).toBeUndefined();
  });

  const roles = Object.entries(schedulers);

  test.each(roles)('EventBridge Scheduler assumes %s for schedules of this group alone', (id) => {
    const Condition = {
      StringEquals: {
        'aws:SourceAccount': { Ref: 'AWS::AccountId' },
        'aws:SourceArn': { 'Fn::GetAtt': ['ScheduleGroup', 'Arn'] },
      },
    };
    const Principal = { Service: ['scheduler.amazonaws.com'] };
    expect(template.one(id, role).AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal, Action: ['sts:AssumeRole'], Condition }],
    });
  });

  test.each(roles)(
    '%s may only send to the target of its schedules, and to their dead-letter queue',
    (id, rights) => {
      const { Policies, ManagedPolicyArns } = template.one(id, role);
      expect(rightsIn(Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement))).toEqual(rights);
      expect(ManagedPolicyArns).toBeUndefined();
    },
  );
}
