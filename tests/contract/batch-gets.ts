import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

const name = 'batchGets';

/**
 * Records the batches of items that a client asks for, and changes their answers.
 * @param answer gets the number of the batch, too, from 1 on
 */
export function recordBatchGets(
  { middlewareStack }: DynamoDBClient,
  answer: (output: object, input: object, number: number) => object = (output) => output,
): object[] {
  const inputs: object[] = [];
  middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        if (commandName !== BatchGetItemCommand.name) return result;
        inputs.push(args.input);
        const output = answer(result.output, args.input, inputs.length) as typeof result.output;
        return { ...result, output };
      },
    { step: 'initialize', name },
  );
  return inputs;
}

/** Ends that. */
export const forgetBatchGets = ({ middlewareStack }: DynamoDBClient): void =>
  void middlewareStack.remove(name);
