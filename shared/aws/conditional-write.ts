import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/**
 * Waits for a write that has a condition.
 * @param failed throws what any other failure means
 * @returns whether the condition held
 */
export async function conditionHeld(
  sending: Promise<unknown>,
  failed: (cause: unknown) => never,
): Promise<boolean> {
  try {
    await sending;
    return true;
  } catch (cause) {
    return cause instanceof ConditionalCheckFailedException ? false : failed(cause);
  }
}
