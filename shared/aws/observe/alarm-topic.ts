import { ListSubscriptionsByTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type AlarmTopic, WatchUnavailableError } from '../../domain/watch/watch-ports.ts';
import { clientSettings } from '../clients/clients.ts';
import type { alarmTopic as capability } from '../uses/capabilities.ts';
import type { Granted } from '../uses/environment.ts';

export const snsClient = (): SNSClient => new SNSClient(clientSettings);

const unavailable = (cause: unknown): never => {
  throw new WatchUnavailableError('the topic of the alarms could not be reached', { cause });
};

/** The topic of the stage's alarms, behind the `AlarmTopic` port. */
export const snsAlarmTopic = (
  client: SNSClient,
  { ALARM_TOPIC: TopicArn }: Granted<typeof capability>,
): AlarmTopic => ({
  async publish({ subject: Subject, body: Message }) {
    await client.send(new PublishCommand({ TopicArn, Subject, Message })).catch(unavailable);
  },

  async subscribers() {
    const command = new ListSubscriptionsByTopicCommand({ TopicArn });
    // The first hundred are enough to know that somebody listens.
    const { Subscriptions = [] } = await client.send(command).catch(unavailable);
    // Who has not confirmed has a word there, such as PendingConfirmation.
    return Subscriptions.filter(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:')).length;
  },
});
