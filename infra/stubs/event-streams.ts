import { notBundled } from './not-bundled.ts';

/** Neither SQS nor DynamoDB answers with a stream of events. */
export const eventStreamSerdeProvider = notBundled('the SDK for event streams');
