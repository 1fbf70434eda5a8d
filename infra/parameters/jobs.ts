import { maxOrderedQueues } from '../../shared/domain/base/queue-figures.ts';
import {
  commaListOf,
  listOf,
  oneOf,
  type Parameters,
  type StageParameters,
  whole,
  yesOrNo,
} from './parameter.ts';

/** Invocations at a time. Lambda's limits of an event source mapping. */
const ofMapping = whole(2, 1000);

/** How jobs run, and what of them is kept for how long. */
export const jobParameters: Parameters = {
  examples: { ...yesOrNo, says: 'the [samples](add-a-job-type.md#the-samples) are job types of the stage' },
  maximumConcurrency: { ...ofMapping, says: 'invocations at a time, of each run queue' },
  notifyConcurrency: {
    ...ofMapping,
    default: 20,
    says: '[the same](deploy.md#room-for-invocations) of each of the two queues of notifications',
  },
  admissionConcurrency: { ...ofMapping, default: 10, says: 'the same of the queue of jobs that wait' },
  orderedQueues: {
    ...whole(1, maxOrderedQueues),
    says: '[queues for groups](order-and-time.md#more-than-one-ordered-queue): each tenant has one; [stays as first deployed](order-and-time.md#another-number-of-ordered-queues)',
  },
  listShards: {
    ...whole(1, 64),
    says: "parts of a tenant's list of jobs: one more for each 1,000 jobs a second; may only grow",
  },
  retentionDays: {
    ...whole(15), // a queue may hold an invisible duplicate for 14 days
    says: 'how long a finished job is kept',
  },
  keepChildrenDays: {
    accepts: (value) => value === '' || whole(15).accepts(value), // for the reason of retentionDays
    use: `${whole(15).use}; or nothing, which is retentionDays`,
    default: '',
    says: 'the same of a job that [another one has spawned](children.md#erase-keep-and-limits)',
  },
  uploadRetentionDays: { ...whole(1), default: 30, says: 'how long an upload is kept' },
  keepPayload: {
    ...oneOf('needed', 'always'),
    default: 'needed',
    says: '`always`: [each payload is kept from its submission on](adr/0086-each-payload-is-kept.md), and a purge loses none; [its price](cost.md#what-a-purge-would-lose)',
  },
  leaseSeconds: {
    ...whole(2),
    default: 60,
    says: "another worker takes a silent worker's job over after so long",
  },
  heartbeatSeconds: {
    ...whole(1),
    default: 20,
    says: 'at most half of the lease; a job shorter than this costs three writes',
  },
  longWorkerTimeout: {
    ...whole(1, 900), // Lambda's maximum
    default: 900,
    says: 'seconds of an invocation of `longWorker`, and of `bulk`: a longer job is handed over to the next one',
  },
  unknownTypeHours: {
    ...whole(1, 168), // a message of a group is received every 15 minutes, and 1000 times at most
    default: 24,
    says: 'a job whose type has no handler waits for so long, and then fails',
  },
  spawnAllowance: {
    ...whole(1, 10_000_000), // 100 batches of 100,000 children
    default: 1_000_000,
    says: 'the children of one job, theirs, and so on are [so many jobs at most](children.md#how-many-jobs-one-job-may-become)',
  },
  awsClients: {
    ...oneOf('lean', 'sdk'),
    default: 'lean',
    says: "the clients in the bundles of functions, and the logger: ours, or the SDK's and Powertools' ([why](adr/0123-lean-clients.md))",
  },
  vpcSubnets: {
    ...commaListOf(/^subnet-[0-9a-f]+$/, 'a comma list of subnets, such as subnet-0a1b,subnet-2c3d'),
    default: '',
    says: 'the workers [join this VPC](databases.md#join-a-vpc)',
  },
  vpcSecurityGroups: {
    ...commaListOf(/^sg-[0-9a-f]+$/, 'a comma list of security groups, such as sg-0a1b'),
    default: '',
    says: 'what the workers may reach there',
  },
};

/** Lambda takes both, or none. */
export function problemsOfVpc({ vpcSubnets, vpcSecurityGroups }: StageParameters): readonly string[] {
  const [subnets, groups] = [listOf(vpcSubnets).length, listOf(vpcSecurityGroups).length];
  if (subnets > 0 === groups > 0) return [];
  return ['vpcSubnets and vpcSecurityGroups belong together. Set both, or none of them.'];
}

/** A stage that does not say how long it keeps children keeps them as long as other jobs. */
export const keepChildrenDaysOf = ({ keepChildrenDays, retentionDays }: StageParameters): unknown =>
  keepChildrenDays === undefined || keepChildrenDays === '' ? retentionDays : keepChildrenDays;

export function problemsOfLease({ heartbeatSeconds, leaseSeconds }: StageParameters): readonly string[] {
  if (!(Number(heartbeatSeconds) * 2 > Number(leaseSeconds))) return [];
  return [
    `heartbeatSeconds is ${heartbeatSeconds}, more than half of leaseSeconds (${leaseSeconds}). Use at most half: one heartbeat may fail.`,
  ];
}
