import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { clientSettings } from './clients.ts';

/** Apart from the other clients: the hot functions do not need it. */
export const cloudWatchClient = (): CloudWatchClient => new CloudWatchClient(clientSettings);
