import type { Statement } from './serverless.ts';
import type { StageParameters } from './stage-parameters.ts';
import { allow, inAccount, passRole } from './template-values.ts';

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

/** What the function that tells of ends may do on the stage's event bus, if the stage has one. */
export function rightsToEventBus({ eventBus }: StageParameters): readonly Statement[] {
  const bus = textOf(eventBus);
  return bus === '' ? [] : [allow(['events:PutEvents'], inAccount('events', `event-bus/${bus}`))];
}
