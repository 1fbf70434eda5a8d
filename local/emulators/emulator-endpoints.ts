import { credentials } from '../local-aws.ts';
import type { Emulators } from './emulators.ts';

export type EmulatorEndpoints = Omit<Emulators, 'stop'>;

/**
 * The environment that makes `npm start` use the emulators of this process: a test sees and counts the calls of them.
 */
export const endpointVariables = ({
  sqsEndpoint,
  dynamoDbEndpoint,
  s3Endpoint,
  schedulerEndpoint,
}: EmulatorEndpoints) => ({
  LOCAL_SQS_ENDPOINT: sqsEndpoint,
  LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint,
  LOCAL_S3_ENDPOINT: s3Endpoint,
  LOCAL_SCHEDULER_ENDPOINT: schedulerEndpoint,
  LOCAL_AWS_SECRET: credentials.secretAccessKey,
});

/** The emulators that the environment names, if it does. They outlive this process. */
export function runningEmulators(
  environment: Readonly<Record<string, string | undefined>>,
): Emulators | undefined {
  const {
    LOCAL_SQS_ENDPOINT: sqsEndpoint,
    LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint,
    LOCAL_S3_ENDPOINT: s3Endpoint,
    LOCAL_SCHEDULER_ENDPOINT: schedulerEndpoint,
  } = environment;
  if (!sqsEndpoint || !dynamoDbEndpoint || !s3Endpoint || !schedulerEndpoint) return undefined;
  return { sqsEndpoint, dynamoDbEndpoint, s3Endpoint, schedulerEndpoint, stop: async () => {} };
}
