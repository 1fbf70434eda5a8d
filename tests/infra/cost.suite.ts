import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from '../project-copy.ts';
import { alarm, eventSource, queue } from './kinds.ts';
import type { Package } from './packaged.ts';

const numbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** A poller receives every 20 s, in 30 days. */
const receivesOfPoller = (30 * 24 * 3600) / 20;
const dollars = (amount: number, digits: number): string => `$${amount.toFixed(digits)}`;

/** What docs/cost.md says of a stage while nothing happens. */
export function describeCost({ template, functions, stage }: Package): void {
  const page = readFileSync(join(root, 'docs/cost.md'), 'utf8');

  test('has a line for each mapping, with its pollers and what they cost, and the sum', () => {
    const mappings = [...template.all(eventSource).values()].map((each) => {
      const { QueueName, FifoQueue } = template.one(each.EventSourceArn, queue);
      const pollers = each.ScalingConfig === undefined ? 2 : 5;
      const requests = pollers * receivesOfPoller;
      const price = FifoQueue ? 0.5 : 0.4;
      const by = functions.find(({ id }) => id === each.FunctionName)?.name;
      const name = QueueName.replace(`job-worker-${stage}-`, '');
      return { name, by, pollers, requests, price, cost: (requests / 1e6) * price };
    });
    for (const { name, by, pollers, requests, price, cost } of mappings)
      expect(page).toContain(
        `| \`${name}\` -> \`${by}\` | ${pollers} | ${requests.toLocaleString('en')} | ${dollars(price, 2)} | ${dollars(cost, 4)} |`,
      );
    const sum = mappings.reduce(
      (all, { requests, cost }) => ({ requests: all.requests + requests, cost: all.cost + cost }),
      { requests: 0, cost: 0 },
    );
    expect(page).toContain(
      `| **${numbers[mappings.length]} mappings** | | **${sum.requests.toLocaleString('en')}** | | **${dollars(sum.cost, 2)}** |`,
    );
    expect(page.match(/^\| `[\w.-]+` -> `\w+` \|/gm)).toHaveLength(mappings.length);
  });

  test('has the number of the alarms, each on one metric, and what they cost', () => {
    const count = template.all(alarm).size;
    expect(page).toContain(`**${numbers[count]} alarms** cost ${dollars(count / 10, 2)} a month`);
  });
}
