import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { describeQueues, type Queue } from '../../../../../client/jobctl/src/queue-text.ts';

const colors = picocolors.createColors(false);
const queue = (name: string, more: Partial<Queue> = {}): Queue => ({
  name,
  visible: 0,
  inFlight: 0,
  delayed: 0,
  ...more,
});

test('queues are a table, whose columns are aligned', () => {
  const queues = [queue('standard', { visible: 1234, inFlight: 3 }), queue('ordered.fifo', { delayed: 7 })];
  expect(describeQueues(queues, colors).split('\n')).toEqual([
    '  queue         ready  in flight  delayed',
    '  standard       1234          3        0',
    '  ordered.fifo      0          0        7',
  ]);
});

test('where one has an age, all show theirs', () => {
  const queues = [
    queue('standard', { visible: 1, oldestSeconds: 200 }),
    queue('long', { inFlight: 1, oldestSeconds: 4 }),
    queue('waiting'),
  ];
  expect(describeQueues(queues, colors).split('\n')).toEqual([
    '  queue     ready  in flight  delayed  oldest message',
    '  standard      1          0        0        3 m 20 s',
    '  long          0          1        0             4 s',
    '  waiting       0          0        0               -',
  ]);
});

test.each([{ visible: 1 }, { inFlight: 1 }, { delayed: 1 }])(
  'a queue that must be empty has a mark with %j, and says what to do',
  (figures) => {
    for (const name of ['dead-letter', 'dead-letter.fifo', 'quarantine', 'notify-dead-letter']) {
      const lines = describeQueues([queue('standard', figures), queue(name, figures)], colors).split('\n');
      expect(lines[1]).toMatch(/^ {2}standard /);
      expect(lines[2]).toMatch(new RegExp(`^! ${name} `));
      expect(lines.slice(3)).toEqual(['', expect.stringMatching(new RegExp(`^! ${name}: .*docs/.*\\.md#`))]);
    }
  },
);

test('an empty one has none', () => {
  expect(describeQueues([queue('quarantine')], colors)).not.toContain('!');
});

test('a name cannot steer the terminal', () => {
  expect(describeQueues([queue('a\u001b[2Jb')], colors)).toContain('a [2Jb');
});
