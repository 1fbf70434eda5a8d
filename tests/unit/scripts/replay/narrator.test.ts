import { expect, test } from '@jest/globals';
import { narrator } from '../../../../scripts/replay/narrator.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';

function telling() {
  let now = t0;
  const lines: string[] = [];
  const told = narrator({ write: (text) => lines.push(text), now: () => now });
  return {
    ...told,
    lines,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

test('tells the time, what it is, and the text', () => {
  const { tell, log, lines } = telling();
  tell('progress', '40 %');
  log.warn('a message', { rows: 3 });
  log.info('another');
  expect(lines).toEqual([
    '03:04:05.678  progress    40 %\n',
    '03:04:05.678  log warn    a message { rows: 3 }\n',
    '03:04:05.678  log info    another\n',
  ]);
});

test('leaves lines out of what comes too often, of each kind by itself', () => {
  const { tell, lines, pass } = telling();
  for (let count = 0; count < 1_000; count += 1) {
    tell('progress', `${count}`, { isFrequent: true });
    pass(1);
  }
  tell('checkpoint', 'a state', { isFrequent: true });
  expect(lines).toHaveLength(11);
});

test('cuts what is long, and writes nothing that a terminal would follow', () => {
  const { tell, line, lines } = telling();
  tell('checkpoint', 'x'.repeat(10_000));
  line('a\u001b[2Jb\u009bc\u202ed');
  expect(lines[0]?.length).toBeLessThan(500);
  expect(lines[0]).toMatch(/x \.\.\. \(10000 characters\)\n$/);
  expect(lines[1]).toBe('a\ufffd[2Jb\ufffdc\ufffdd\n');
});
