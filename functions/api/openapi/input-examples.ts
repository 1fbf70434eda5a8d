import { jobId, submittedAt, uploads } from './examples.ts';

const { object } = uploads.csv;

/** Of what a job was given. */
export const inputs = {
  failed: {
    id: jobId,
    type: 'csv-aggregate',
    tenant: 'acme',
    status: 'failed',
    run: 1,
    attempt: 1,
    maxAttempts: 5,
    fencingToken: 1_795_624_353_527,
    submittedAt,
    payload: {
      object,
      groupBy: 'town',
      metrics: [{ column: 'orders', op: 'sum' }],
    },
    objects: {
      [object]: `https://bucket.s3.eu-central-1.amazonaws.com/${object}?X-Amz-Signature=...`,
    },
    error: { name: 'ColumnError', message: 'the first line has no column "town"' },
  },
};
