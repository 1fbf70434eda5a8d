import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { retryPolicy } from '../../domain/base/schedule-time.ts';
import { SchedulesUnavailableError } from '../../domain/schedules/schedule-errors.ts';
import type { OneTimeSchedules } from '../../domain/schedules/schedule-ports.ts';
import { clientSettings } from '../clients/clients.ts';
import { acceptable } from './job-queue.ts';

export interface ScheduleSettings {
  readonly groupName: string;
  /** The role that Scheduler assumes to send to the queues. */
  readonly roleArn: string;
  /** The queue that the messages go to. */
  readonly targetArn: string;
  /** The queue for what Scheduler could not send there. */
  readonly deadLetterArn: string;
}

/** It is throttled sooner than other services are, and then its caller waits longer than the SDK would. */
export const schedulerClient = (): SchedulerClient =>
  new SchedulerClient({ ...clientSettings, maxAttempts: 2 });

/** One-time schedules of a group, behind their port. */
export const eventBridgeSchedules = <Message>(
  client: SchedulerClient,
  { groupName, roleArn, targetArn, deadLetterArn }: ScheduleSettings,
): OneTimeSchedules<Message> => ({
  async create({ name, at, message }) {
    // The SDK gives each command a token of its own, and the same to its repetitions. So a repetition is no conflict.
    const command = new CreateScheduleCommand({
      Name: name,
      GroupName: groupName,
      ScheduleExpression: `at(${new Date(at).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)})`,
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: targetArn,
        RoleArn: roleArn,
        Input: verbatim(acceptable(JSON.stringify(message))),
        DeadLetterConfig: { Arn: deadLetterArn },
        RetryPolicy: retryPolicy,
      },
    });
    await called('created', ConflictException, () => client.send(command));
  },

  async delete(name) {
    const command = new DeleteScheduleCommand({ Name: name, GroupName: groupName });
    await called('deleted', ResourceNotFoundException, () => client.send(command));
  },
});

/** Scheduler replaces words such as `<aws.scheduler.execution-id>`, also in a text that came from somebody else. */
const verbatim = (json: string): string => json.replaceAll('<aws.', '\\u003caws.');

/** @param isDone the error that says that there is nothing left to do */
async function called(
  what: string,
  isDone: typeof ConflictException | typeof ResourceNotFoundException,
  send: () => Promise<unknown>,
): Promise<void> {
  try {
    await send();
  } catch (cause) {
    if (cause instanceof isDone) return;
    throw new SchedulesUnavailableError(`the schedule could not be ${what}`, { cause });
  }
}
