import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { takesTokens } from '../../domain/access/auth-mode.ts';
import { pausedScheduleReader } from '../../domain/schedules/paused-schedules.ts';
import { pauseReader } from '../../domain/state/limits/pauses.ts';
import { watchStateIn } from '../../domain/watch/watch-state.ts';
import { clientSettings, dynamoDbClient, sqsClient } from '../clients/clients.ts';
import { snsAlarmTopic, snsClient } from '../observe/alarm-topic.ts';
import { cloudWatchMetrics } from '../observe/stage-metrics.ts';
import { queueCounts } from '../queues/queue-figures.ts';
import { dynamoDbJobReader } from '../records/job-store.ts';
import { dynamoDbRecordReader, dynamoDbRecords } from '../records/records.ts';
import type {
  alarmTopic,
  readJobs,
  watchedStage,
  watchState as watchStateRight,
} from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

type Environment = Granted<typeof watchedStage> &
  Granted<typeof watchStateRight> &
  Granted<typeof alarmTopic> &
  Granted<typeof readJobs>;

/** All that the function `check` looks at: `jobctl doctor --stage` looks at the same, with its environment. */
export function watchedStageOf(env: Environment, now: () => number) {
  const dynamoDb: DynamoDBClient = dynamoDbClient();
  return {
    queues: queueCounts(env, sqsClient()),
    metrics: cloudWatchMetrics(new CloudWatchClient(clientSettings), env, now),
    topic: snsAlarmTopic(snsClient(), env),
    state: watchStateIn(dynamoDbRecords(dynamoDb, env)),
    jobs: dynamoDbJobReader(dynamoDb, env),
    paused: pausedScheduleReader(dynamoDbRecordReader(dynamoDb, env)),
    pauses: pauseReader(dynamoDbRecordReader(dynamoDb, env)),
    hasMetrics: env.METRICS !== 'off',
    hasIssuer: takesTokens(env.AUTH),
    stackName: env.METRICS_NAMESPACE,
  };
}
