import type { NagException } from './nag-exceptions.ts';

const send = 'sqs:SendMessage';
const receive = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
];

/** What the roles of servers may do, by resource, beside what the long worker may do to other things than run queues. */
export const serverPrivileges = {
  task: {
    ServerQueue: [...receive, send],
    // For children, and for submitted jobs.
    StandardQueue: [send],
    LongQueue: [send],
    OrderedQueue: [send],
    'arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task/${ServersCluster}/*': [
      'ecs:GetTaskProtection',
      'ecs:UpdateTaskProtection',
    ],
  },
  /** Of the role that runs servers elsewhere. */
  own: {
    StandardQueue: [...receive, send],
    LongQueue: [...receive, send],
    ServerQueue: [...receive, send],
    OrderedQueue: [...receive, send],
    'arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${AWS::StackName}/*': [
      'cloudformation:DescribeStacks',
    ],
  },
  execution: {
    ServersLogGroup: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    'arn:${AWS::Partition}:ecr:eu-central-1:123456789012:repository/job-worker': [
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetDownloadUrlForLayer',
    ],
    '*': ['ecr:GetAuthorizationToken'],
  },
};

/** Rules of cdk-nag that servers do not follow, and why. */
export const serverExceptions: readonly NagException[] = [
  {
    rule: 'AwsSolutions-IAM5',
    resources: /^Servers(Task|Execution)Role$/,
    reason:
      'Objects are named by their jobs, tasks by ECS, and three calls know no resources. serverPrivileges has all that the roles may do.',
  },
  {
    rule: 'AwsSolutions-ECS2',
    resources: /^ServersTask$/,
    reason: 'They are settings and names of resources. None is a secret.',
  },
  {
    rule: 'AwsSolutions-ECS4',
    resources: /^ServersCluster$/,
    reason:
      "Container Insights cost by the metric. The number of tasks follows the queue's free ones, and servers log what they do.",
  },
  {
    rule: 'AwsSolutions-VPC7',
    resources: /^ServersVpc$/,
    reason: 'Nothing can connect to a task, and what a task calls is what its job types call.',
  },
];
