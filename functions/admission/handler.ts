import type { SQSEvent, SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { schedules as recurring } from '#job-types/schedules.ts';
import { type ArrivalDependencies, processArrival } from '../../shared/admission/process-arrival.ts';
import { stageKeepsPayload } from '../../shared/aws/objects/keep-payload.ts';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { endingPorts } from '../../shared/aws/ports/ending-ports.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { sqsGroupQueue, sqsJobQueue, sqsReceivedQueue } from '../../shared/aws/queues/job-queue.ts';
import { eventBridgeSchedules, schedulerClient } from '../../shared/aws/queues/one-time-schedules.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbRecordReader, dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { type DeliveriesDependencies, processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { readTargets } from '../../shared/domain/notify/stage-setup.ts';
import { pausedScheduleReader } from '../../shared/domain/schedules/paused-schedules.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import * as uses from './uses.ts';

/** Holds back the jobs of the waiting queue until they may run, and makes those of recurring schedules. */
export const handler: SQSHandler = await queueFunction(
  { name: 'admission', queues: ['waiting'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const { dynamoDb, sqs, log } = given;
    const tracer = await stageTracer(env, { environment: process.env, log });
    const ports = endingPorts(env, given);
    /** `door`: of occurrences of schedules. */
    const { suspensions, door } = limitsOfStage(env, {
      ...ports,
      store: dynamoDbAccessStore(dynamoDb, env),
      rates: ratesIn(dynamoDbRecords(dynamoDb, env)),
    });
    const deps: ArrivalDependencies & DeliveriesDependencies = {
      ...ports,
      family: new ParentNotifier(ports),
      queue: sqsReceivedQueue(sqs, env.WAITING_QUEUE_URL, env),
      meter: meters.on('waiting'),
      meters,
      tracer,
      runQueues: {
        standard: sqsJobQueue(sqs, { queueUrl: env.STANDARD_QUEUE_URL }),
        long: sqsJobQueue(sqs, { queueUrl: env.LONG_QUEUE_URL }),
        server: sqsJobQueue(sqs, { queueUrl: env.SERVER_QUEUE_URL }),
        bulk: sqsJobQueue(sqs, { queueUrl: env.BULK_QUEUE_URL }),
      },
      ordered: sqsGroupQueue(sqs, env),
      schedules: eventBridgeSchedules(schedulerClient(), {
        groupName: env.SCHEDULE_GROUP,
        roleArn: env.SCHEDULE_ROLE_ARN,
        targetArn: env.WAITING_QUEUE_ARN,
        deadLetterArn: env.DEAD_LETTER_QUEUE_ARN,
      }),
      suspensions,
      charges: chargesBy({ door, log }),
      contracts,
      recurring,
      paused: pausedScheduleReader(dynamoDbRecordReader(dynamoDb, env)),
      listShards: env.LIST_SHARDS,
      keepPayload: stageKeepsPayload(env, given),
      notify: readTargets(env.NOTIFY),
    };

    return flushed(
      meters,
      (event: SQSEvent) => processDeliveries(event, (delivery) => processArrival(delivery, deps), deps),
      tracer,
    );
  },
);
