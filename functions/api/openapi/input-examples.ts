import { exampleJobs } from '#job-types/example-jobs.ts';
import { jobId, submittedAt, uploads } from './examples.ts';

const { object } = uploads.csv;

/** Of what a job was given. */
export const inputs = {
  failed: {
    id: jobId,
    type: exampleJobs.other.type,
    tenant: 'acme',
    status: 'failed',
    run: 1,
    attempt: 1,
    maxAttempts: 5,
    fencingToken: 1_795_624_353_527,
    submittedAt,
    payload: { ...exampleJobs.other.payload, object },
    objects: {
      [object]: `https://bucket.s3.eu-central-1.amazonaws.com/${object}?X-Amz-Signature=...`,
    },
    error: { name: 'TypeError', message: 'it has no first line' },
  },
};
