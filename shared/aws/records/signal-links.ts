import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EntryCache } from '../../domain/access/entry-cache.ts';
import { SignalLinks } from '../../domain/access/signal-links.ts';
import type { Clock } from '../../domain/base/ports.ts';
import { awsDomain } from '../aws-endpoints.ts';
import type { signalLinks as capability } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';
import { dynamoDbAccessStore } from './access-store.ts';

/** The links that a worker makes, with the secret from the access table. */
export const signalLinks = (
  client: DynamoDBClient,
  env: Granted<typeof capability>,
  clock: Pick<Clock, 'now'>,
): SignalLinks =>
  new SignalLinks({
    entries: new EntryCache({ store: dynamoDbAccessStore(client, env), clock }),
    apiUrl: apiUrlOf(env),
  });

interface Addresses {
  readonly PUBLIC_URL: string;
  readonly HTTP_API_ID: string;
  readonly AWS_ENDPOINT_URL_HTTP_API?: string | undefined;
  readonly AWS_REGION: string;
}

/** Where people find the API. */
export function apiUrlOf({
  PUBLIC_URL,
  HTTP_API_ID,
  AWS_ENDPOINT_URL_HTTP_API,
  AWS_REGION,
}: Addresses): string {
  if (PUBLIC_URL !== '') return PUBLIC_URL;
  if (AWS_ENDPOINT_URL_HTTP_API !== undefined) return AWS_ENDPOINT_URL_HTTP_API;
  return `https://${HTTP_API_ID}.execute-api.${AWS_REGION}.${awsDomain(AWS_REGION)}`;
}
