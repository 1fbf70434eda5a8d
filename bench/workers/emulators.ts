import { startLocalAws } from '../../tests/local-aws.ts';

/** SQS and DynamoDB in a process of their own: their CPU time is not the worker's. */
const { sqsEndpoint, dynamoDbEndpoint, s3Endpoint } = await startLocalAws();
process.send?.({ sqsEndpoint, dynamoDbEndpoint, s3Endpoint });
