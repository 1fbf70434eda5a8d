import { expect, test } from '@jest/globals';
import { useHolds } from './holds.ts';
import type { JobctlSystem } from './jobctl-system.ts';

const [showCursor, hideCursor, wrapLines, green] = ['\u001b[?25h', '\u001b[?25l', '\u001b[?7h', '\u001b[32m'];
const ctrlC = '\u0003';
const ctrlD = '\u0004';

/** What a person sees. */
export function describeTerminal(system: () => JobctlSystem): void {
  const hold = useHolds();
  const expectRestored = (output: string): void => {
    expect(output).toContain(hideCursor);
    expect(output.lastIndexOf(showCursor)).toBeGreaterThan(output.lastIndexOf(hideCursor));
    expect(output).toContain(wrapLines);
  };

  test('watch shows a progress bar, in colours, and leaves one line', async () => {
    const { heldBy } = hold();
    const id = await system().submit('counting', { seconds: 3, heldBy });
    const steps = [{ see: '1 s left', type: '', remove: heldBy }];
    const { code, output } = await system().onTerminal(['watch', id], { steps });
    expect(code).toBe(0);
    expect(output).toMatch(/█+░+ [\d.]+ %/);
    expect(output.endsWith(`${id}  ${green}succeeded\u001b[39m\r\n`)).toBe(true);
    expectRestored(output);
  });

  test('NO_COLOR is honoured', async () => {
    const id = await system().submit('counting', { seconds: 0 });
    const { output } = await system().onTerminal(
      ['submit', 'counting', '--payload', '{"seconds": 1}', '--wait'],
      {
        env: { NO_COLOR: '1' },
      },
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(output).not.toMatch(/\u001b\[\d+m/);
    expect((await system().onTerminal(['status', id])).output).toContain(green);
  });

  test.each(['watch', 'wait'])(
    'Ctrl-C ends %s, and leaves the job and the terminal as they were',
    async (command) => {
      const { heldBy } = hold();
      const id = await system().submit('counting', { seconds: 2, heldBy });
      const { code, output } = await system().onTerminal([command, id], {
        steps: [{ see: ' s left', type: ctrlC }],
      });
      expect(code).toBe(130);
      expect(output).toContain(`Job ${id} is left alone, and goes on. To come back: jobctl watch ${id}`);
      expectRestored(output);
      expect((await system().run(['status', id])).out).toContain('running');
      await system().run(['cancel', id]);
    },
  );

  test('a filter is asked about: only a yes does it', async () => {
    const id = await system().submitWaiting('--tag', 'asked about');
    const cancel = (type: string) =>
      system().onTerminal(['cancel', '--tag', 'asked about'], { steps: [{ see: '[y/N]', type }] });
    const question = `Cancel 1 job at ${system().address}? [y/N]`;
    for (const answer of ['n\r', '\r', 'x\r', ctrlD])
      expect(await cancel(answer)).toEqual({ code: 0, output: expect.stringContaining('nothing was done') });
    expect(await cancel(ctrlC)).toEqual({ code: 130, output: expect.stringContaining(question) });
    expect((await system().run(['status', id])).out).toContain('waiting');
    expect(await cancel('y\r')).toEqual({ code: 0, output: expect.stringContaining('1 canceled') });
    expect((await system().run(['status', id])).out).toContain('canceled');
  });

  test('list is cut to the width of the terminal, under the names of its columns', async () => {
    const { output } = await system().onTerminal(['list', '--limit', '3'], { env: { NO_COLOR: '1' } });
    const lines = output.split('\r\n').filter(Boolean);
    expect(lines[0]).toMatch(/^id +status +type +created +progress, wait or error$/);
    expect(lines.slice(1, 4).every((line) => line.length <= 120)).toBe(true);
    expect(lines[4]).toBe('There are more: --limit 15, or --all.');
  });
}
