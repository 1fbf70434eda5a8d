import { callsFailed, type MetricQuery, notificationsFailed, outages } from '../domain/watch/watch-ports.ts';
import { isActive, isOpen, isWork } from './look.ts';
import { hourMinutes } from './metric-questions.ts';
import type { Trouble } from './trouble.ts';

const refusedMinutes = 10;
const enoughRefusals = 3;
const enoughCalls = 20;
const enoughPutOff = 10;

const overdue: Trouble = {
  name: 'overdue',
  title: 'a recurring schedule has made no job',
  command: 'jobctl schedules',
  asks: () => [],
  find: (look) =>
    look.schedules.overdue.map(({ schedule, at }) => ({
      where: schedule,
      what: `there is no job for ${new Date(at).toISOString()}`,
    })),
};

const ofScheduler = (metric: string): MetricQuery => ({
  source: 'scheduler',
  ...{ metric, stat: 'Sum', minutes: hourMinutes },
});
const schedulerFaults = [
  'TargetErrorCount',
  'InvocationDroppedCount',
  'InvocationsFailedToBeSentToDeadLetterCount',
];
const scheduler: Trouble = {
  name: 'scheduler',
  title: 'EventBridge Scheduler cannot send to a queue of the stage',
  command:
    'aws iam get-role --role-name "$(aws cloudformation describe-stack-resource --stack-name job-worker-$STAGE --logical-resource-id ScheduleRole --query StackResourceDetail.PhysicalResourceId --output text)"',
  asks: (seen) => (seen.isSweep || isOpen(seen, 'scheduler') ? schedulerFaults.map(ofScheduler) : []),
  find: (look) =>
    schedulerFaults
      .filter((metric) => look.value(ofScheduler(metric)) > 0)
      .map((metric) => ({ where: metric, what: `${look.value(ofScheduler(metric))} in the last hour` })),
};

const refusedBy = (error: string): MetricQuery => ({
  source: 'stage',
  metric: callsFailed,
  dimension: { name: 'Error', value: error },
  ...{ stat: 'Sum', minutes: refusedMinutes },
});
const refused: Trouble = {
  name: 'refused',
  title: 'a service of AWS refuses calls of the stage, or does not answer',
  command:
    'aws logs tail "/aws/lambda/job-worker-$STAGE-worker" --since 15m --filter-pattern \'{ $.error.name = "*UnavailableError" }\'',
  asks: (seen) =>
    isOpen(seen, 'refused') || seen.queues.some((queue) => isWork(queue) && isActive(seen, queue))
      ? Object.keys(outages).map(refusedBy)
      : [],
  find: (look) =>
    Object.entries(outages)
      .filter(([error]) => look.value(refusedBy(error)) >= enoughRefusals)
      .map(([error, service]) => ({
        where: service,
        what: `${look.value(refusedBy(error))} lines with ${error} in ${refusedMinutes} minutes`,
      })),
};

const ofApi = (metric: string): MetricQuery => ({
  source: 'api',
  ...{ metric, stat: 'Sum', minutes: hourMinutes },
});
const callers: Trouble = {
  name: 'callers',
  title: 'nearly all callers are refused',
  command: 'aws logs tail "/aws/vendedlogs/http-api/job-worker-$STAGE" --since 1h',
  asks: (seen) =>
    seen.hasIssuer && (seen.isSweep || isOpen(seen, 'callers')) ? ['4xx', 'Count'].map(ofApi) : [],
  find: (look) => {
    const [bad, all] = [look.value(ofApi('4xx')), look.value(ofApi('Count'))];
    if (all < enoughCalls || bad < 0.9 * all) return [];
    return [{ where: 'API', what: `of ${all} calls in the last hour, ${bad} were answered with 4xx` }];
  },
};

const putOff: MetricQuery = {
  source: 'stage',
  metric: notificationsFailed,
  stat: 'Sum',
  minutes: hourMinutes,
};
const notifications: Trouble = {
  name: 'notifications',
  title: 'attempts to tell of ended jobs fail',
  command:
    'aws logs tail "/aws/lambda/job-worker-$STAGE-notify" --since 1h --filter-pattern \'{ $.message = "notification failed" }\'',
  asks: (seen) => (seen.isSweep || isOpen(seen, 'notifications') ? [putOff] : []),
  find: (look) =>
    look.value(putOff) < enoughPutOff
      ? []
      : [{ where: 'notify', what: `${look.value(putOff)} attempts failed in the last hour` }],
};

const unheard: Trouble = {
  name: 'unheard',
  title: 'nobody is subscribed to the alarms',
  command:
    'aws sns list-subscriptions-by-topic --topic-arn "$(aws cloudformation describe-stack-resource --stack-name job-worker-$STAGE --logical-resource-id AlarmTopic --query StackResourceDetail.PhysicalResourceId --output text)"',
  asks: () => [],
  find: ({ subscribers }) =>
    subscribers === 0 ? [{ where: 'alarms', what: 'the topic has no subscriber who has confirmed' }] : [],
};

/** Of what the stage calls, and of those that call it or hear of it. */
export const serviceTroubles: readonly Trouble[] = [
  overdue,
  scheduler,
  refused,
  callers,
  notifications,
  unheard,
];
