import * as z from 'zod/mini';
import type { StageParameters } from '../parameter-rules.ts';
import type { Resources } from '../serverless.ts';

const policy = z.looseObject({ Statement: z.array(z.unknown()) });

/**
 * Refuses a purge of a queue by anybody but the operators' role. A statement that refuses counts for who has every right.
 * DeleteQueue is not refused: CloudFormation deletes queues with the rights of who deploys.
 */
export function keepFromPurge({ Resources }: Resources, { operatorRole }: StageParameters): void {
  const properties = Resources?.QueuePolicy?.Properties;
  const role = String(operatorRole ?? '');
  if (properties === undefined || role === '') return;
  const { Statement, ...document } = policy.parse(properties.PolicyDocument);
  const purge = {
    Sid: 'PurgeByOperators',
    Effect: 'Deny',
    Principal: '*',
    Action: 'sqs:PurgeQueue',
    Resource: '*',
    // Of a session, it is the ARN of its role.
    Condition: { ArnNotEquals: { 'aws:PrincipalArn': role } },
  };
  properties.PolicyDocument = { ...document, Statement: [...Statement, purge] };
}
