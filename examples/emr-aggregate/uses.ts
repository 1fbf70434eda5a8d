import { arnInAccount, defineUses, parameter, stageBucket } from '../../shared/author/index.ts';

export const uses = defineUses({
  variables: {
    EMR_APPLICATION: parameter('emrApplication', {
      pattern: /^[0-9a-z]{1,64}$/,
      use: 'the id of an application, such as 00f5abc123def456',
    }),
    /** The role with which a job run reads the CSVs and writes the result. */
    EMR_ROLE: parameter('emrRole', {
      pattern: /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      use: 'the ARN of a role, such as arn:aws:iam::123456789012:role/aggregate',
    }),
    BUCKET: stageBucket,
  },
  rights: ({ EMR_APPLICATION, EMR_ROLE }) => [
    {
      actions: ['emr-serverless:StartJobRun', 'emr-serverless:ListJobRuns'],
      resources: [arnInAccount('emr-serverless', `/applications/${EMR_APPLICATION}`)],
    },
    {
      actions: ['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun'],
      resources: [arnInAccount('emr-serverless', `/applications/${EMR_APPLICATION}/jobruns/*`)],
    },
    {
      actions: ['iam:PassRole'],
      resources: [EMR_ROLE],
      condition: { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } },
    },
  ],
});
