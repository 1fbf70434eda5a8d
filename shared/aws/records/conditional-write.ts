import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Waits for a write that has a condition.
 * @param failed throws what any other failure means
 * @returns the answer of the table; undefined if the condition did not hold
 */
export async function ifHeld<Answer>(
  sending: Promise<Answer>,
  failed: (cause: unknown) => never,
): Promise<Answer | undefined> {
  try {
    return await sending;
  } catch (cause) {
    return cause instanceof ConditionalCheckFailedException ? undefined : failed(cause);
  }
}

/** The same, where the answer says nothing else. @returns whether the condition held */
export const conditionHeld = async (
  sending: Promise<object>,
  failed: (cause: unknown) => never,
): Promise<boolean> => (await ifHeld(sending, failed)) !== undefined;
