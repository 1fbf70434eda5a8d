import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';

/** A call that is not answered soon is made again (three times in all): the writes are made to bear it. */
const settings = {
  maxAttempts: 3,
  // Without `throwOnRequestTimeout` the SDK would only warn, and wait on.
  requestHandler: {
    connectionTimeout: 1000,
    requestTimeout: 3000,
    throwOnRequestTimeout: true,
    // With the default of 50, calls for ten jobs of a batch with 50 dependencies each would queue until they time out.
    httpsAgent: { maxSockets: 500 },
  },
};

/** Clients for the account and region of the environment, or for emulators (`AWS_ENDPOINT_URL_*`). */
export const sqsClient = (): SQSClient => new SQSClient(settings);
export const dynamoDbClient = (): DynamoDBClient => new DynamoDBClient(settings);
