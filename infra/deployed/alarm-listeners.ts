import { CloudFormationClient, DescribeStackResourceCommand } from '@aws-sdk/client-cloudformation';
import { ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { asError } from '../../shared/domain/base/errors.ts';
import type { SdkConfig } from '../template/serverless.ts';

/** @returns a line if nobody hears of the stage's alarms, or if that could not be found out */
export async function warningOfListeners(StackName: string, config: SdkConfig): Promise<string | undefined> {
  const [cloudFormation, sns] = [new CloudFormationClient(config), new SNSClient(config)];
  try {
    const found = await cloudFormation.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId: 'AlarmTopic' }),
    );
    const TopicArn = found.StackResourceDetail?.PhysicalResourceId;
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    if (Subscriptions.some(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:')))
      return undefined;
    if (Subscriptions.length > 0)
      return `Nobody hears of the alarms of ${StackName} yet: the subscription has not been confirmed.`;
    return `Nobody hears of the alarms of ${StackName}. Set the stage parameter alarmMail or alarmWebhook.`;
  } catch (error) {
    return `It is not known whether somebody hears of the alarms of ${StackName}: ${asError(error).message}`;
  } finally {
    cloudFormation.destroy();
    sns.destroy();
  }
}
