import { arnInAccount, defineUses, parameter, stageBucket } from '../../shared/author/index.ts';

export const uses = defineUses({
  variables: {
    /** The role with which MediaConvert reads the video and writes the files. */
    TRANSCODE_ROLE: parameter('transcodeRole', {
      pattern: /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      use: 'the ARN of a role, such as arn:aws:iam::123456789012:role/transcode',
    }),
    /** A queue that has no other jobs: the longer it is, the more must be read to find one. */
    TRANSCODE_QUEUE: parameter('transcodeQueue', {
      pattern: /^arn:aws[\w-]*:mediaconvert:[\w-]+:\d{12}:queues\/[\w-]+$/,
      use: 'the ARN of a queue, such as arn:aws:mediaconvert:eu-central-1:123456789012:queues/transcode',
    }),
    BUCKET: stageBucket,
  },
  rights: ({ TRANSCODE_ROLE, TRANSCODE_QUEUE }) => [
    { actions: ['mediaconvert:CreateJob', 'mediaconvert:ListJobs'], resources: [TRANSCODE_QUEUE] },
    // A job that uses a preset needs the right to the preset, too: AWS's own have ARNs of the account.
    { actions: ['mediaconvert:CreateJob'], resources: [arnInAccount('mediaconvert', 'presets/*')] },
    {
      actions: ['mediaconvert:GetJob', 'mediaconvert:CancelJob'],
      resources: [arnInAccount('mediaconvert', 'jobs/*')],
    },
    {
      actions: ['iam:PassRole'],
      resources: [TRANSCODE_ROLE],
      condition: { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } },
    },
  ],
});
