import type { Command } from 'commander';
import type { Run } from '../system/run-command.ts';
import { describeQueues, type Queue } from '../terminal/queue-text.ts';
import { addCommand } from './add-command.ts';

/** It needs the right `operate`. */
export const addQueues = (program: Command, run: Run): Command =>
  addCommand(program, 'queues', {
    description: 'show how many messages are in each queue, and which of them need somebody',
    examples: ['jobctl queues', `jobctl queues --json | jq '.[] | select(.name == "quarantine").visible'`],
    more: [
      'The figures are those of SQS, and approximate. In flight are messages that a',
      'worker has, and those of jobs that wait for a later time. It needs a key with',
      'the right operate.',
    ].join('\n'),
  }).action((_options: unknown, command: Command) =>
    run(command, async ({ call, output }) => {
      const { items } = await call<{ readonly items: readonly Queue[] }>('GET /queues');
      if (output.isJson) output.document(items);
      else output.line(describeQueues(items, output.colors));
      return 'ok';
    }),
  );
