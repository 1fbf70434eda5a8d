import * as z from 'zod/mini';
import { SchedulerError } from './scheduler-error.ts';

const name = z.string().check(z.regex(/^[0-9a-zA-Z-_.]{1,64}$/, 'up to 64 letters, digits, and -_.'));
const roleArn = z.string().check(z.regex(/^arn:aws:iam::\d{12}:role\/.+$/, 'the ARN of a role'));
const standardQueueArn = z
  .string()
  .check(z.regex(/^arn:aws:sqs:[a-z0-9-]+:\d{12}:[\w-]+$/, 'here, the ARN of a standard queue'));

/** What a schedule does, by the limits of EventBridge Scheduler. What is not listed is not supported, and refused. */
export const scheduleDefinition = z.strictObject({
  GroupName: z._default(name, 'default'),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z._default(z.string(), 'UTC'),
  FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
  ActionAfterCompletion: z._default(z.enum(['NONE', 'DELETE']), 'NONE'),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  Description: z.optional(z.string()),
  Target: z.strictObject({
    Arn: standardQueueArn,
    RoleArn: roleArn,
    Input: z.string().check(z.minLength(1)),
    DeadLetterConfig: z.optional(z.strictObject({ Arn: standardQueueArn })),
    RetryPolicy: z._default(
      z.strictObject({
        MaximumEventAgeInSeconds: z._default(z.int().check(z.gte(60), z.lte(86_400)), 86_400),
        MaximumRetryAttempts: z._default(z.int().check(z.gte(0), z.lte(185)), 185),
      }),
      { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
    ),
  }),
  /** What a repeated request carries. A repeated create is a conflict here, which says as much. */
  ClientToken: z.optional(z.string()),
});
export type ScheduleDefinition = z.infer<typeof scheduleDefinition>;

/** @throws SchedulerError if it is not valid, or not supported here */
export function readDefinition(body: unknown): ScheduleDefinition {
  const parsed = scheduleDefinition.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new SchedulerError('ValidationException', z.prettifyError(parsed.error));
}

/** @throws SchedulerError if it cannot be the name of a schedule or of a group */
export function readName(text: string): string {
  if (name.safeParse(text).success) return text;
  throw new SchedulerError('ValidationException', 'The name is not valid: [0-9a-zA-Z-_.]{1,64}');
}
