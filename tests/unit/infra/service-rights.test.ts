import { describe, expect, test } from '@jest/globals';
import { rightsToServices } from '../../../infra/service-rights.ts';

const transcodeRole = 'arn:aws:iam::123456789012:role/transcode';
const transcodeQueue = 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/transcode';
const emrRole = 'arn:aws:iam::123456789012:role/emr';

describe('the rights to other services', () => {
  test('are none if the stage has set up none', () => {
    const empty = { transcodeRole: '', transcodeQueue: '', emrApplication: '', emrRole: '' };
    expect(rightsToServices(empty)).toEqual([]);
  });

  test('are those of the services that it has, and let each of them have its own role only', () => {
    const rights = rightsToServices({ transcodeRole, transcodeQueue, emrApplication: '00f5', emrRole });
    const passed = rights.filter(({ Action }) => Action.includes('iam:PassRole'));
    expect(passed.map(({ Resource, Condition }) => [Resource, Condition])).toEqual([
      [transcodeRole, { StringEquals: { 'iam:PassedToService': 'mediaconvert.amazonaws.com' } }],
      [emrRole, { StringEquals: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' } }],
    ]);
    expect(rights.flatMap(({ Action }) => Action).sort()).toEqual([
      'emr-serverless:CancelJobRun',
      'emr-serverless:GetJobRun',
      'emr-serverless:ListJobRuns',
      'emr-serverless:StartJobRun',
      'iam:PassRole',
      'iam:PassRole',
      'mediaconvert:CancelJob',
      'mediaconvert:CreateJob',
      'mediaconvert:CreateJob',
      'mediaconvert:GetJob',
      'mediaconvert:ListJobs',
    ]);
    // No right to everything of a service.
    for (const { Resource } of rights) expect(JSON.stringify(Resource)).not.toMatch(/:\*"/);
  });

  test('are to one service, if the stage has one', () => {
    const rights = rightsToServices({ emrApplication: '00f5', emrRole });
    expect(JSON.stringify(rights)).toContain('/applications/00f5/jobruns/*');
    expect(JSON.stringify(rights)).not.toContain('mediaconvert');
  });
});
