import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { Template } from './template.ts';

/** Of the stage whose template is looked at here. */
export const operators = { operatorRole: 'arn:aws:iam::123456789012:role/people/operators' };

const policy = z.object({
  PolicyDocument: z.object({ Statement: z.array(z.object({ Sid: z.string() })) }),
  Queues: z.array(z.object({ Ref: z.string() })),
});
const policyOf = (template: Template) => policy.parse(template.resources.QueuePolicy?.Properties);

/** @param guarded the template of a stage with an `operatorRole`, and of those without one */
export function describeGuards(guarded: Template, others: readonly Template[]): void {
  test('lets only the role of the operators purge a queue, whatever rights others have', () => {
    const { PolicyDocument, Queues } = policyOf(guarded);
    expect(PolicyDocument.Statement.map(({ Sid }) => Sid)).toEqual(['TlsOnly', 'PurgeByOperators']);
    expect(guarded.resources.QueuePolicy?.Properties).toMatchObject({
      PolicyDocument: {
        Statement: [
          {},
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:PurgeQueue',
            Resource: '*',
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': operators.operatorRole } },
          },
        ],
      },
    });
    const queues = Object.entries(guarded.resources).filter(([, { Type }]) => Type === 'AWS::SQS::Queue');
    expect(Queues.map(({ Ref }) => Ref).sort()).toEqual(queues.map(([id]) => id).sort());
  });

  test('has no such statement without that role', () => {
    for (const template of others) {
      const sids = policyOf(template).PolicyDocument.Statement.map(({ Sid }) => Sid);
      expect(sids).toEqual(['TlsOnly']);
    }
  });

  // With `Retain`, or with a protection from the first moment on, what was made would be in the way of the next deployment.
  test('has nothing that stays when the deployment that makes it is rolled back', () => {
    for (const { resources, text } of [guarded, ...others]) {
      // A version has no name of its own, so it is in nobody's way.
      const named = Object.values(resources).filter(({ Type }) => Type !== 'AWS::Lambda::Version');
      const policies = named.map(({ DeletionPolicy = 'Delete' }) => DeletionPolicy);
      for (const each of policies) expect(['Delete', 'RetainExceptOnCreate']).toContain(each);
      expect(text).not.toMatch(/DeletionProtection|TerminationProtection/);
    }
  });
}
