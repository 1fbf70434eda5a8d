import { dynamoDbClient, systemClock } from '../../shared/aws/clients.ts';
import { parseConfig } from '../../shared/aws/config.ts';
import { dynamoDbJobStore } from '../../shared/aws/job-store.ts';
import { createLog } from '../../shared/aws/logger.ts';
import { httpHandler, jobOf } from '../../shared/http/respond.ts';
import { findJob } from '../../shared/operations/find-job.ts';
import { configSchema } from './config.ts';
import { statusResponse } from './status-response.ts';

const config = parseConfig(configSchema, process.env);
const deps = { store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME) };

/** `GET /jobs/{id}` */
export const handler = httpHandler(createLog('status'), async (request) => {
  const job = await findJob(jobOf(request), deps);
  return statusResponse(job, request, systemClock.now());
});
