import type { Emulators } from './emulators.ts';

export type EmulatorEndpoints = Pick<Emulators, 'sqsEndpoint' | 'dynamoDbEndpoint' | 's3Endpoint'>;

/** The environment that makes `npm start` use emulators of another process: a test sees and counts the calls of them. */
export const endpointVariables = ({ sqsEndpoint, dynamoDbEndpoint, s3Endpoint }: EmulatorEndpoints) => ({
  LOCAL_SQS_ENDPOINT: sqsEndpoint,
  LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint,
  LOCAL_S3_ENDPOINT: s3Endpoint,
});

/** The emulators that the environment names, if it does. They outlive this process. */
export function runningEmulators(
  environment: Readonly<Record<string, string | undefined>>,
): Emulators | undefined {
  const {
    LOCAL_SQS_ENDPOINT: sqsEndpoint,
    LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint,
    LOCAL_S3_ENDPOINT: s3Endpoint,
  } = environment;
  if (!sqsEndpoint || !dynamoDbEndpoint || !s3Endpoint) return undefined;
  return { sqsEndpoint, dynamoDbEndpoint, s3Endpoint, stop: async () => {} };
}
