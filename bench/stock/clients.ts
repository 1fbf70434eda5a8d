import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';

/** As Powertools documents them: one of each, outside of the handler. */
export const logger = new Logger({ serviceName: 'jobs' });
export const metrics = new Metrics({ namespace: 'jobs', serviceName: 'jobs' });
export const dynamoDb = DynamoDBDocumentClient.from(new DynamoDBClient());

export const jobSchema = z.strictObject({
  type: z.literal('nothing'),
  payload: z.strictObject({ n: z.int(), text: z.string().max(1000) }),
});
export const messageSchema = jobSchema.extend({ id: z.uuid() });
export type JobMessage = z.infer<typeof messageSchema>;
