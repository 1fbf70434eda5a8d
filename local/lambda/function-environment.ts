import { devNull } from 'node:os';
import type { Emulators } from '../emulators/emulators.ts';
import { credentials, region } from '../local-aws.ts';
import type { Resolve } from '../resolve-references.ts';
import type { Serverless } from './serverless-service.ts';

interface Locally {
  readonly resolve: Resolve;
  readonly emulators: Emulators;
  /** Of what this process keeps of the functions' lines, and of what they count. */
  readonly cloudWatchEndpoint: string;
  readonly sesEndpoint: string;
  /** Where people find the API. */
  readonly apiUrl: string;
  /** Of each function, by its name. */
  readonly accessKeys: Readonly<Record<string, string>>;
}

/**
 * Gives every function the environment that it would have on AWS, with the endpoints of the emulators. No function can
 * reach the user's own AWS account: its variables are removed, and its configuration files are not read.
 */
export function setEnvironment(
  { provider, functions }: Serverless['service'],
  { resolve, emulators, cloudWatchEndpoint, sesEndpoint, apiUrl, accessKeys }: Locally,
): void {
  const aws = {
    ...awsEnvironment(emulators),
    AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatchEndpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: cloudWatchEndpoint,
    AWS_ENDPOINT_URL_SESV2: sesEndpoint,
  };
  // Who runs a collector on this machine sets its variables where `npm start` is called.
  const openTelemetry = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_')),
  );
  // serverless-offline passes every AWS_* variable of this process to the functions.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, aws);
  for (const [name, definition] of Object.entries(functions)) {
    const declared = { ...provider.environment, ...definition.environment };
    const resolved = Object.entries(declared).map(([name, value]) => [name, String(resolve(value))]);
    definition.environment = {
      ...Object.fromEntries(resolved),
      ...openTelemetry,
      ...aws,
      AWS_ACCESS_KEY_ID: accessKeys[name],
      // The API on this machine has no id that an address could be made of.
      ...('HTTP_API_ID' in declared ? { AWS_ENDPOINT_URL_HTTP_API: apiUrl } : {}),
    };
  }
  provider.environment = {};
}

const awsEnvironment = ({
  sqsEndpoint,
  dynamoDbEndpoint,
  s3Endpoint,
  schedulerEndpoint,
}: Emulators): Record<string, string> => ({
  AWS_ENDPOINT_URL_SQS: sqsEndpoint,
  AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
  AWS_ENDPOINT_URL_S3: s3Endpoint,
  AWS_ENDPOINT_URL_SCHEDULER: schedulerEndpoint,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_CONFIG_FILE: devNull,
  AWS_SHARED_CREDENTIALS_FILE: devNull,
  AWS_EC2_METADATA_DISABLED: 'true',
});
