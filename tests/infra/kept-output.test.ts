import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Inputs, keep } from '../kept-output.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'job-worker-kept-'));
  await mkdir(join(dir, 'node_modules'));
  await mkdir(join(dir, 'src/inner'), { recursive: true });
  for (const name of ['node_modules/.package-lock.json', 'one.yml', 'src/inner/two.ts'])
    await write(name, 'some');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFile(join(dir, name), text);
const place = () => ({ project: dir, cache: join(dir, 'cache'), unusedMs: 60_000 });
const entries = async () => (await readdir(join(dir, 'cache/a-name'))).filter((name) => name !== 'lock.db');

const inputs: Inputs = { paths: ['one.yml', 'src'], values: ['a'] };

/** Keeps an output, and counts how often it is made. */
function counted(): { readonly made: () => number; of(more?: Partial<Inputs>): Promise<string> } {
  let made = 0;
  return {
    made: () => made,
    of: (more) =>
      keep(
        'a-name',
        { ...inputs, ...more },
        async (folder) => {
          made += 1;
          await writeFile(join(folder, 'text'), `made ${made}`);
        },
        place(),
      ),
  };
}
const textIn = (folder: string) => readFile(join(folder, 'text'), 'utf8');

test('an output is made once for the same inputs, also for those that ask at the same time', async () => {
  const output = counted();
  const folders = await Promise.all([output.of(), output.of(), output.of()]);
  expect(new Set([...folders, await output.of()]).size).toBe(1);
  expect(output.made()).toBe(1);
  expect(await textIn(await output.of())).toBe('made 1');
});

test.each([
  ['a file', () => write('one.yml', 'other')],
  ['a file deep in a folder', () => write('src/inner/two.ts', 'other')],
  ['a new file in a folder', () => write('src/inner/three.ts', '')],
  ['the name of a file', () => rm(join(dir, 'src/inner/two.ts')).then(() => write('src/inner/2.ts', 'some'))],
  ['the packages that are installed', () => write('node_modules/.package-lock.json', 'other')],
])('an output is made again for another input: %s', async (_what, change) => {
  const output = counted();
  const before = await output.of();
  await change();
  expect(await output.of()).not.toBe(before);
  expect(output.made()).toBe(2);
});

test('an output is made again for other values', async () => {
  const output = counted();
  const folders = [await output.of({ values: ['a'] }), await output.of({ values: ['b'] })];
  expect(await Promise.all(folders.map(textIn))).toEqual(['made 1', 'made 2']);
  expect(await output.of({ values: ['a'] })).toBe(folders[0]);
});

test('an output that somebody has changed is made again', async () => {
  const output = counted();
  await writeFile(join(await output.of(), 'text'), 'changed');
  expect(await textIn(await output.of())).toBe('made 2');
  await writeFile(join(await output.of(), 'more'), '');
  expect(await textIn(await output.of())).toBe('made 3');
});

test('an output whose inputs change while it is made is made again', async () => {
  let made = 0;
  const folder = await keep(
    'a-name',
    inputs,
    async (into) => {
      const text = await readFile(join(dir, 'one.yml'), 'utf8');
      made += 1;
      if (made === 1) await write('one.yml', 'changed meanwhile');
      await writeFile(join(into, 'text'), text);
    },
    place(),
  );
  expect([made, await textIn(folder)]).toEqual([2, 'changed meanwhile']);
  expect(await entries()).toHaveLength(1);
});

test('inputs that change all the time are an error', async () => {
  let made = 0;
  const change = async () => {
    made += 1;
    await write('one.yml', `change ${made}`);
  };
  await expect(keep('a-name', inputs, change, place())).rejects.toThrow('The inputs of a-name changed');
  expect(await entries()).toEqual([]);
});

test('a failure leaves nothing, and the next one that asks makes the output', async () => {
  const failing = async (folder: string) => {
    await writeFile(join(folder, 'text'), 'half');
    throw new Error('no package');
  };
  await expect(keep('a-name', inputs, failing, place())).rejects.toThrow('no package');
  expect(await entries()).toEqual([]);
  expect(await textIn(await counted().of())).toBe('made 1');
});

test('old outputs go, and so does what was never finished; the last ones and those in use stay', async () => {
  const output = counted();
  const entryOf = async (value: string) => dirname(await output.of({ values: [value] }));
  const neverFinished = join(dir, 'cache/a-name/making-killed');
  await mkdir(neverFinished, { recursive: true });
  const [a, b, c, d] = [await entryOf('a'), await entryOf('b'), await entryOf('c'), await entryOf('d')];
  for (const [hour, entry] of [neverFinished, a, b, c, d].entries()) await utimes(entry, hour, hour);
  expect(await entryOf('b')).toBe(b); // in use again
  const e = await entryOf('e');
  expect((await entries()).sort()).toEqual([b, d, e].map((entry) => basename(entry)).sort());
});

/** A process that makes the output, and adds a line to the file `log` when it begins. It takes a while, or for ever. */
function startMaker(seconds: number): ChildProcess {
  const code = `
    import { appendFileSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    import { keep } from ${JSON.stringify(join(import.meta.dirname, '../kept-output.ts'))};
    const place = ${JSON.stringify(place())};
    const folder = await keep('a-name', ${JSON.stringify(inputs)}, async (folder) => {
      writeFileSync(folder + '/text', 'half');
      appendFileSync(place.project + '/log', 'begun\\n');
      await sleep(${seconds * 1000});
      writeFileSync(folder + '/text', 'whole');
    }, place);
    console.log(folder);`;
  return spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', code],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}
const begun = async () =>
  (await readFile(join(dir, 'log'), 'utf8').catch(() => '')).split('\n').filter(Boolean).length;

test('of several processes one makes the output; after one that was killed, the next', async () => {
  const killed = startMaker(600);
  while ((await begun()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const makers = [startMaker(0.2), startMaker(0.2)];
  const printed = makers.map(async ({ stdout }) => String((await stdout?.toArray())?.join('')).trim());
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const [folder = '', other] = await Promise.all(printed);
  expect(other).toBe(folder);
  expect(await textIn(folder)).toBe('whole');
  expect(await begun()).toBe(2);
});
