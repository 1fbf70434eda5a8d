import * as z from 'zod/mini';
import type { StageParameters } from '../parameters/parameter.ts';
import type { Resource, Resources } from './serverless.ts';
import { allow } from './template-values.ts';

/** A policy goes with its bucket or queues: what stays, keeps it. */
const typesWithData = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
];

/**
 * Says what CloudFormation does with the tables, the bucket and the queues of a stage that is removed. Where they stay,
 * a first deployment that fails deletes them nevertheless: they have no data yet, and the next one could not make their
 * names.
 */
export function keepData({ Resources = {} }: Resources, { tableDeletionPolicy }: StageParameters): void {
  const isKept = tableDeletionPolicy !== 'Delete';
  for (const resource of Object.values(Resources)) {
    if (!typesWithData.includes(resource.Type ?? '')) continue;
    resource.DeletionPolicy = isKept ? 'RetainExceptOnCreate' : 'Delete';
    resource.UpdateReplacePolicy = isKept ? 'Retain' : 'Delete';
  }
}

const queuePolicy = z.looseObject({ Statement: z.array(z.unknown()) });

/**
 * Refuses a purge of a queue by anybody but the operators' role. A statement that refuses counts for who has every
 * right. DeleteQueue is not refused: CloudFormation deletes queues with the rights of who deploys.
 */
export function keepFromPurge({ Resources }: Resources, { operatorRole }: StageParameters): void {
  const properties = Resources?.QueuePolicy?.Properties;
  const role = String(operatorRole ?? '');
  if (properties === undefined || role === '') return;
  const { Statement, ...document } = queuePolicy.parse(properties.PolicyDocument);
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

const statement = z.looseObject({
  Action: z.optional(z.union([z.string(), z.array(z.string())])),
  Resource: z.optional(z.unknown()),
});
const policy = z.looseObject({ PolicyDocument: z.looseObject({ Statement: z.array(statement) }) });
const policies = z._default(z.array(policy), []);
const managedPolicies = z._default(z.array(z.unknown()), []);

/** Finishes the roles of a compiled template: a right that the framework adds goes, and the stage's boundary comes. */
export function finishRoles(
  Resources: Readonly<Record<string, Resource>>,
  { permissionsBoundary }: StageParameters,
): void {
  for (const { Type, Properties } of Object.values(Resources)) {
    if (Type !== 'AWS::IAM::Role' || Properties === undefined) continue;
    Properties.Policies = policies.parse(Properties.Policies).map((each) => ({
      ...each,
      PolicyDocument: {
        ...each.PolicyDocument,
        Statement: each.PolicyDocument.Statement.map(withoutOwnGroup),
      },
    }));
    replaceVpcPolicy(Properties);
    if ((permissionsBoundary ?? '') !== '') Properties.PermissionsBoundary = permissionsBoundary;
  }
}

/**
 * The stack makes the group of each log, with an end of its lines. A function that may make it brings it back without
 * that.
 */
function withoutOwnGroup(each: z.infer<typeof statement>): z.infer<typeof statement> {
  const { Action, Resource } = each;
  const isOwnLog = JSON.stringify(Resource)?.includes(':log-group:/aws/lambda/');
  if (!isOwnLog || !Array.isArray(Action)) return each;
  return { ...each, Action: Action.filter((name) => name !== 'logs:CreateLogGroup') };
}

const isOfVpc = (arn: unknown): boolean => JSON.stringify(arn).includes('AWSLambdaVPCAccessExecutionRole');

/** The framework's policy for a function in a VPC also allows to make any group of logs. This is the rest of it. */
function replaceVpcPolicy(role: Record<string, unknown>): void {
  const managed = managedPolicies.parse(role.ManagedPolicyArns);
  if (!managed.some(isOfVpc)) return;
  role.ManagedPolicyArns = managed.filter((arn) => !isOfVpc(arn));
  const PolicyDocument = { Version: '2012-10-17', Statement: [allow(callsInVpc, '*')] };
  role.Policies = [...policies.parse(role.Policies), { PolicyName: 'vpc', PolicyDocument }];
}

/** Lambda checks them when it makes the function, and on all resources. */
const callsInVpc = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
