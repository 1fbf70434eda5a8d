import type { Emulators } from './emulators.ts';

export type EmulatorEndpoints = Pick<Emulators, 'sqsEndpoint' | 'dynamoDbEndpoint'>;

/** The environment that makes `npm start` use emulators of another process: a test sees and counts the calls of them. */
export const endpointVariables = ({ sqsEndpoint, dynamoDbEndpoint }: EmulatorEndpoints) => ({
  LOCAL_SQS_ENDPOINT: sqsEndpoint,
  LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint,
});

/** The emulators that the environment names, if it does. They outlive this process. */
export function runningEmulators(
  environment: Readonly<Record<string, string | undefined>>,
): Emulators | undefined {
  const { LOCAL_SQS_ENDPOINT: sqsEndpoint, LOCAL_DYNAMODB_ENDPOINT: dynamoDbEndpoint } = environment;
  if (!sqsEndpoint || !dynamoDbEndpoint) return undefined;
  return { sqsEndpoint, dynamoDbEndpoint, stop: async () => {} };
}
