import type { Context, SQSEvent, SQSHandler } from 'aws-lambda';
import { contracts } from '#job-types/contracts.ts';
import { bulkAction } from '../../job-types/bulk-action/handler.ts';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { workerPorts } from '../../shared/aws/ports/worker-ports.ts';
import { sqsGroupQueue, sqsJobQueues } from '../../shared/aws/queues/job-queue.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbJobList } from '../../shared/aws/records/job-list.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { ParentNotifier } from '../../shared/delivery/notify-parent.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { actOnJob } from '../../shared/operations/act/act-on-job.ts';
import { logOperation } from '../../shared/operations/act/log-operation.ts';
import { chargesBy } from '../../shared/operations/doors/charge-jobs.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import { listJobs } from '../../shared/operations/find/list-jobs.ts';
import { processJobs } from '../../shared/worker/attempt/process-jobs.ts';
import { RecentRoots } from '../../shared/worker/children/recent-roots.ts';
import type { WorkerDependencies } from '../../shared/worker/gates/before-claim.ts';
import * as uses from './uses.ts';

/** Runs the bulk actions, one an invocation. Nothing that they are to stop is before them in their queue. */
export const handler: SQSHandler = await queueFunction(
  { name: 'bulk', queues: ['bulk'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const { dynamoDb, sqs, log } = given;
    const tracer = await stageTracer(env, { environment: process.env, log });
    const { worker, workerOn } = workerPorts(env, { ...given, contracts });
    const own = workerOn(env.BULK_QUEUE_URL);
    const family = new ParentNotifier(worker);
    const listing = { list: dynamoDbJobList(dynamoDb, env), listShards: env.LIST_SHARDS };
    /**
     * One job may have 100,000 children. Between two calls the bulk action says how far it is, and looks at its time.
     */
    const erasesAtOnce = { looks: Infinity, erases: 5_000 };
    /** `door`: of retries. */
    const { suspensions, door } = limitsOfStage(env, {
      ...worker,
      store: dynamoDbAccessStore(dynamoDb, env),
      rates: ratesIn(dynamoDbRecords(dynamoDb, env)),
    });
    const acting = {
      ...worker,
      family,
      queues: { ...sqsJobQueues(sqs, env), bulk: own.queue },
      ordered: sqsGroupQueue(sqs, env),
      suspensions,
      erasesAtOnce,
      charges: chargesBy({ door, log }),
    };
    const deps: WorkerDependencies = {
      ...own,
      family,
      // An operator works by bulk actions, also while the stage is paused.
      pauses: undefined,
      recentRoots: new RecentRoots(worker),
      childQueues: {},
      meter: meters.on('bulk'),
      tracer,
      otherRunQueues: {},
      handlers: {
        'bulk-action': bulkAction({
          list: (request) => listJobs(request, listing),
          async act(action, seen, by) {
            const outcome = await actOnJob(action, { seen, by }, acting);
            const { status: _before, ...job } = seen;
            if (outcome === 'done' || outcome === 'requested')
              logOperation({ operation: action, actor: by, job }, acting);
            return outcome;
          },
        }),
      },
      // The visibility timeout of its queue is a quarter of an hour.
      changeVisibilityBeforeClaim: true,
    };

    return flushed(meters, (event: SQSEvent, context: Context) => processJobs(event, context, deps), tracer);
  },
);
