import type { Statement } from './serverless.ts';
import type { StageParameters } from './stage-parameters.ts';

const inAccount = (service: string, resource: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`,
});
const allow = (Action: readonly string[], Resource: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});
/** A service may be handed its role, and no other service. */
const passRole = (role: string, service: string): Statement => ({
  ...allow(['iam:PassRole'], role),
  Condition: { StringEquals: { 'iam:PassedToService': service } },
});

const rightsToTranscode = (role: string, queue: string): readonly Statement[] => [
  allow(['mediaconvert:CreateJob', 'mediaconvert:ListJobs'], queue),
  // A job that uses a preset needs the right to the preset, too: AWS's own have ARNs of the account.
  allow(['mediaconvert:CreateJob'], inAccount('mediaconvert', 'presets/*')),
  allow(['mediaconvert:GetJob', 'mediaconvert:CancelJob'], inAccount('mediaconvert', 'jobs/*')),
  passRole(role, 'mediaconvert.amazonaws.com'),
];

const rightsToEmr = (application: string, role: string): readonly Statement[] => {
  const arn = (resource: string) => inAccount('emr-serverless', `/applications/${resource}`);
  return [
    allow(['emr-serverless:StartJobRun', 'emr-serverless:ListJobRuns'], arn(application)),
    allow(['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun'], arn(`${application}/jobruns/*`)),
    passRole(role, 'emr-serverless.amazonaws.com'),
  ];
};

const textOf = (value: unknown): string => String(value ?? '');

/**
 * What the worker of these job types may do in other services. Only what a stage has set up: IAM refuses a policy with an
 * empty resource.
 */
export function rightsToServices(parameters: StageParameters): readonly Statement[] {
  const [role, queue] = [textOf(parameters.transcodeRole), textOf(parameters.transcodeQueue)];
  const [application, emrRole] = [textOf(parameters.emrApplication), textOf(parameters.emrRole)];
  return [
    ...(queue === '' ? [] : rightsToTranscode(role, queue)),
    ...(application === '' ? [] : rightsToEmr(application, emrRole)),
  ];
}
