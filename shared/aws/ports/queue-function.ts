import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { asError, ConfigError } from '../../domain/base/errors.ts';
import type { Log } from '../../domain/base/ports.ts';
import type { MeteredQueue } from '../../domain/observe/metrics.ts';
import type { JobQueue } from '../../domain/state/ports.ts';
import { awsDomain } from '../aws-endpoints.ts';
import { type Given, systemGiven } from '../clients/clients.ts';
import { EmfMeters, flushed } from '../observe/emf-meters.ts';
import { createLog } from '../observe/logger.ts';
import { sqsJobQueue } from '../queues/job-queue.ts';
import type { metrics } from '../uses/capabilities.ts';
import { type EnvironmentOf, readEnvironment, type Uses } from '../uses/environment.ts';

type QueueFunction = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

type Variables = Readonly<Record<string, string | undefined>>;

/** Each counts. */
type MeteredUses = Uses & { readonly metrics: typeof metrics };

/** What each has beside what it may touch. */
interface Own {
  readonly given: Given;
  readonly meters: EmfMeters;
}

interface Settings<U extends Uses> {
  /** That of its log. */
  readonly name: string;
  /** The queues that it receives from. */
  readonly queues: readonly [MeteredQueue, ...MeteredQueue[]];
  readonly uses: U;
  readonly environment: Variables;
  /** Writes a line of metrics. Default: to the output. */
  readonly write?: (line: string) => void;
}

/**
 * Makes a function that processes queues. New code can meet old variables for some seconds. A function that threw while
 * it is loaded would leave each of its messages invisible for the visibility timeout of the queue.
 * @param make is given what the function uses, and what each has beside that
 * @returns a function that returns all messages, if the configuration cannot be read
 * @throws whatever else `make` throws
 */
export async function queueFunction<U extends MeteredUses>(
  settings: Settings<U>,
  make: (env: EnvironmentOf<U>, own: Own) => Promise<QueueFunction>,
): Promise<QueueFunction> {
  const { name, uses, environment, write } = settings;
  const given = systemGiven(createLog(name, environment));
  try {
    const env = readEnvironment(uses, environment);
    const meters = new EmfMeters(readEnvironment({ metrics: uses.metrics }, environment), write);
    return await make(env, { given, meters });
  } catch (error) {
    const { AWS_LAMBDA_FUNCTION_NAME: functionName } = environment;
    // A program that loads a function without calling it, as packaging does, is to hear of that.
    if (!(error instanceof ConfigError) || functionName === undefined) throw error;
    return unconfigured({ ...settings, ...given, functionName, error });
  }
}

interface Unconfigured extends Omit<Settings<Uses>, 'uses'>, Pick<Given, 'sqs' | 'log'> {
  readonly functionName: string;
  /** It names the variables that are missing or unusable. */
  readonly error: ConfigError;
}

/** A function that knows of its stage what Lambda itself says, and where its messages come from. */
function unconfigured({
  sqs,
  log,
  queues,
  environment,
  write,
  functionName,
  error,
}: Unconfigured): QueueFunction {
  // A function is called as its stack is, with its own name behind that.
  const stackName = functionName.slice(0, functionName.lastIndexOf('-'));
  const METRICS_NAMESPACE = environment.METRICS_NAMESPACE || stackName;
  const meters = new EmfMeters({ METRICS: 'queue', METRICS_NAMESPACE }, write);
  return flushed(meters, async (event) => {
    const arn = event.Records[0]?.eventSourceARN ?? '';
    const version = environment.AWS_LAMBDA_FUNCTION_VERSION;
    log.error('configuration unreadable', { error, functionName, version, eventSourceARN: arn });
    meters.on(meteredOf(arn, queues)).count('ConfigurationUnreadable');
    return returnDeliveries(event, { queue: sqsJobQueue(sqs, { queueUrl: urlOf(arn, environment) }), log });
  });
}

const meteredOf = (arn: string, queues: Settings<Uses>['queues']): MeteredQueue =>
  queues.find((queue) => new RegExp(`[-:]${queue}(-\\d+)?(\\.fifo)?$`).test(arn)) ?? queues[0];

/** The URL of a queue by its ARN, `arn:aws:sqs:eu-central-1:123456789012:a-queue`. To ask SQS is a right of its own. */
function urlOf(arn: string, environment: Variables): string {
  const [, , , region = '', account, queueName] = arn.split(':');
  const { AWS_ENDPOINT_URL_SQS: endpoint = `https://sqs.${region}.${awsDomain(region)}` } = environment;
  return `${endpoint}/${account}/${queueName}`;
}

const hiddenSeconds = 30;
const maxHiddenSeconds = 120;

/**
 * Returns all messages of a batch to their queue, soon: for half a minute at first, and for longer the more often they
 * were received, so that a thousand receives, after which they are dead letters, last for more than a day.
 */
export async function returnDeliveries(
  { Records }: SQSEvent,
  { queue, log }: { readonly queue: Pick<JobQueue, 'changeVisibility'>; readonly log: Pick<Log, 'warn'> },
): Promise<SQSBatchResponse> {
  const returning = Records.map(async ({ messageId, receiptHandle, attributes }) => {
    const seconds = Math.min(hiddenSeconds * Number(attributes.ApproximateReceiveCount), maxHiddenSeconds);
    try {
      await queue.changeVisibility({ receiptHandle }, seconds);
    } catch (thrown) {
      // It comes back all the same, when its present visibility timeout ends.
      log.warn('visibility not changed', { error: asError(thrown), receiptHandle });
    }
    return { itemIdentifier: messageId };
  });
  return { batchItemFailures: await Promise.all(returning) };
}
