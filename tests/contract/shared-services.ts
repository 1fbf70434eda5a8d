import { randomUUID } from 'node:crypto';
import { describe } from '@jest/globals';
import * as z from 'zod/mini';
import { type LocalAws, localAwsOn } from '../local-aws.ts';

const services = z.object({
  emulators: z.object({
    sqsEndpoint: z.string(),
    dynamoDbEndpoint: z.string(),
    s3Endpoint: z.string(),
    schedulerEndpoint: z.string(),
  }),
  motoEndpoint: z.optional(z.string()),
});
const { emulators, motoEndpoint: found } = services.parse(
  JSON.parse(process.env.CONTRACT_TEST_SERVICES ?? ''),
);

/** Queues, tables, a bucket and a group of schedules of its own, in the emulators that all contract tests share. */
export const newLocalAws = (): Promise<LocalAws> =>
  localAwsOn({ ...emulators, stop: async () => {} }, `${randomUUID().slice(0, 8)}-`);

/** Of the moto that all contract tests share. */
export const motoEndpoint = found ?? '';
export const describeWithMoto = found === undefined ? describe.skip : describe;
