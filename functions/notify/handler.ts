import type { SQSEvent, SQSHandler } from 'aws-lambda';
import { eventBridgeBus, eventBridgeClient } from '../../shared/aws/notify/event-bus.ts';
import { sesMailer } from '../../shared/aws/notify/mailer.ts';
import { flushed } from '../../shared/aws/observe/emf-meters.ts';
import { stageTracer } from '../../shared/aws/observe/tracer.ts';
import { queueFunction } from '../../shared/aws/ports/queue-function.ts';
import { sourceOf, sqsReceivedQueue } from '../../shared/aws/queues/job-queue.ts';
import {
  sqsEndpointTryQueue,
  sqsNotificationDeadLetters,
  sqsNotificationQueue,
  sqsSlowNotificationQueue,
} from '../../shared/aws/queues/notification-queue.ts';
import { eventBridgeSchedules, schedulerClient } from '../../shared/aws/queues/one-time-schedules.ts';
import { dynamoDbAccessStore } from '../../shared/aws/records/access-store.ts';
import { dynamoDbEndpoints } from '../../shared/aws/records/endpoint-store.ts';
import { dynamoDbJobStore } from '../../shared/aws/records/job-store.ts';
import { dynamoDbRecords } from '../../shared/aws/records/records.ts';
import { processDeliveries } from '../../shared/delivery/process-deliveries.ts';
import { EntryCache } from '../../shared/domain/access/entry-cache.ts';
import { mailPlacesOf } from '../../shared/domain/access/mail-places.ts';
import { ratesIn } from '../../shared/domain/access/rates.ts';
import { mailAddressesIn, readTargets } from '../../shared/domain/notify/stage-setup.ts';
import { allowedHostsIn } from '../../shared/domain/notify/webhook-url.ts';
import { type WebhookEndpoint, webhookSecrets } from '../../shared/http/access/webhook-secrets.ts';
import { deliverNotification, type NotifyDependencies } from '../../shared/notify/deliver-notification.ts';
import { EndpointBreakers } from '../../shared/notify/endpoint-breakers.ts';
import { systemNetwork } from '../../shared/notify/network.ts';
import { notifyTarget } from '../../shared/notify/notify-target.ts';
import { sendEvent } from '../../shared/notify/send-event.ts';
import { sendMail } from '../../shared/notify/send-mail.ts';
import { sendWebhook, webhookLimits } from '../../shared/notify/send-webhook.ts';
import { notifyWithinLimit } from '../../shared/notify/within-limit.ts';
import { limitsOfStage } from '../../shared/operations/doors/limits-of-stage.ts';
import * as uses from './uses.ts';

/** Tells others that jobs have ended. */
export const handler: SQSHandler = await queueFunction(
  { name: 'notify', queues: ['notify'], uses, environment: process.env },
  async (env, { given, meters }) => {
    const { dynamoDb, sqs, clock, random, log } = given;
    const tracer = await stageTracer(env, { environment: process.env, log });
    const access = { store: dynamoDbAccessStore(dynamoDb, env), clock, log };
    const entries = new EntryCache(access);

    async function secretsOf(endpoint: WebhookEndpoint): Promise<readonly string[]> {
      const { secret, previous } = await webhookSecrets(endpoint, { entries, now: clock.now() });
      return previous ? [secret, previous.secret] : [secret];
    }

    const webhooks = {
      secretsOf,
      allowedHosts: allowedHostsIn(env.WEBHOOK_HOSTS),
      network: systemNetwork(),
      limits: webhookLimits,
      clock,
    };
    const bus = env.EVENT_BUS === '' ? undefined : eventBridgeBus(eventBridgeClient(), env.EVENT_BUS);
    /** The parameter of the stage allows them for every tenant. */
    const ofEveryJob = mailAddressesIn(readTargets(env.NOTIFY));
    const rates = ratesIn(dynamoDbRecords(dynamoDb, env));
    const { suspensions, door } = limitsOfStage(env, { ...access, rates });
    const mails = {
      door,
      mailer: sesMailer({ from: env.MAIL_FROM }),
      placesOf: async (tenant: string) => [...(await mailPlacesOf(tenant, entries)), ...ofEveryJob],
      log,
    };

    const endpoints = dynamoDbEndpoints(dynamoDb, env);
    const deps: Omit<NotifyDependencies, 'queue'> = {
      endpoints,
      breakers: new EndpointBreakers({ endpoints, clock, random, log }),
      tries: sqsEndpointTryQueue(sqs, env),
      suspensions,
      store: dynamoDbJobStore(dynamoDb, env),
      notifications: sqsNotificationQueue(sqs, env),
      schedules: eventBridgeSchedules(schedulerClient(), {
        groupName: env.SCHEDULE_GROUP,
        roleArn: env.NOTIFY_SCHEDULE_ROLE_ARN,
        targetArn: env.NOTIFY_QUEUE_ARN,
        deadLetterArn: env.NOTIFY_DEAD_LETTER_QUEUE_ARN,
      }),
      deadLetters: sqsNotificationDeadLetters(sqs, env),
      notify: notifyWithinLimit(
        notifyTarget(
          {
            webhook: (message, address) => sendWebhook(message, address, webhooks),
            event: (message) => sendEvent(message, { bus, stage: env.STAGE }),
            ...(env.MAIL_FROM === '' ? {} : { mail: (mail) => sendMail(mail, mails) }),
          },
          tracer,
        ),
        door,
      ),
      clock,
      random,
      log,
      meter: meters.on('notify'),
    };

    return flushed(
      meters,
      (event: SQSEvent) => {
        const { NOTIFY_QUEUE_URL, NOTIFY_SLOW_QUEUE_URL } = env;
        const queueUrl = sourceOf(event, [NOTIFY_QUEUE_URL, NOTIFY_SLOW_QUEUE_URL]);
        const slowNotifications =
          queueUrl === NOTIFY_SLOW_QUEUE_URL ? undefined : sqsSlowNotificationQueue(sqs, env);
        const own = { ...deps, queue: sqsReceivedQueue(sqs, queueUrl, env), slowNotifications };
        return processDeliveries(event, (delivery) => deliverNotification(delivery, own), own);
      },
      tracer,
    );
  },
);
