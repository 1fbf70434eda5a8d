import { dynamoDbClient } from '../../shared/adapters/aws-clients.ts';
import { dynamoDbJobStore } from '../../shared/adapters/dynamodb-job-store.ts';
import { systemClock } from '../../shared/adapters/system.ts';
import { parseConfig } from '../../shared/config.ts';
import { findJob } from '../../shared/find-job.ts';
import { httpHandler, jobOf } from '../../shared/http.ts';
import { createLog } from '../../shared/logger.ts';
import { configSchema } from './config.ts';
import { statusResponse } from './status-response.ts';

const config = parseConfig(configSchema, process.env);
const deps = { store: dynamoDbJobStore(dynamoDbClient(), config.TABLE_NAME) };

/** `GET /jobs/{id}` */
export const handler = httpHandler(createLog('status'), async (request) => {
  const job = await findJob(jobOf(request), deps);
  return statusResponse(job, request, systemClock.now());
});
