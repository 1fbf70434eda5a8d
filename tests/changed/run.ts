import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textOf, touchedSince } from '../source-graph.ts';
import { levelOf, type Reached, testsOf } from './reach.ts';
import { always, core, levels } from './shortcuts.ts';

/** `npm run test:changed`: the checks, and the tests that a change can reach, the cheap ones first. It ends at the first that fail. */

const root = join(import.meta.dirname, '../..');
const spent: string[] = [];

/** What differs from the last commit. If nothing does, what that one has changed. */
function whatChanged(): readonly string[] {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { since: { type: 'string' } },
  });
  if (positionals.length > 0) return positionals;
  const touched = touchedSince(values.since ?? 'HEAD');
  if (touched === undefined) throw new RangeError(`There is no commit ${values.since} here.`);
  return touched.length > 0 || values.since !== undefined ? touched : (touchedSince('HEAD~1') ?? []);
}

/** @returns whether all of them have succeeded, which run at the same time */
async function run(name: string, ...commands: readonly (readonly string[])[]): Promise<boolean> {
  const startedAt = Date.now();
  const codes = await Promise.all(
    commands.map(async ([program = '', ...args]) => {
      const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
      const [code] = await once(child, 'exit');
      return code;
    }),
  );
  spent.push(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${name}`);
  return codes.every((code) => code === 0);
}

const npm = (...args: readonly string[]) => ['npm', 'run', '--silent', ...args];

function checksOf(changed: readonly string[]): readonly (readonly string[])[] {
  const present = changed.filter((name) => textOf(name) !== '');
  const lint = npm('lint', '--', '--no-errors-on-unmatched', '--files-ignore-unknown=true', ...present);
  return [
    ...(present.length > 0 ? [lint] : []),
    ...(changed.some((name) => /\.(ts|json)$/.test(name)) ? [npm('types'), npm('imports')] : []),
    ...(changed.some((name) => /^(job-types|shared)\//.test(name)) ? [npm('compat', '--', '--or-warn')] : []),
  ];
}

function runLevel(level: string, found: readonly Reached[]): Promise<boolean> {
  console.log(`\n${level}: ${found.length} files`);
  for (const { test, way } of found) console.log([`  ${test}`, ...way].join(' > '));
  const workers = Math.min(found.length, 2 * availableParallelism());
  // A test that fails may leave a server open. Without workers Jest would wait for its end.
  const options = ['--maxWorkers', String(workers), '--forceExit', '--runTestsByPath'];
  return run(level, npm('jest', '--', ...options, ...found.map(({ test }) => test)));
}

async function check(changed: readonly string[]): Promise<boolean> {
  console.log(`Changed:\n${changed.map((name) => `  ${name}`).join('\n')}`);
  const everywhere = changed.filter((name) => core.test(name));
  if (everywhere.length > 0) {
    console.log(`\nHalf of all tests load ${everywhere.join(', ')}. So this is npm test.`);
    return run('npm test', ['npm', 'test']);
  }
  if (!(await run('checks', ...checksOf(changed)))) return false;
  const found = testsOf(changed);
  for (const level of levels) {
    const ofLevel = found.filter(({ test }) => (always.includes(test) ? 'unit' : levelOf(test)) === level);
    if (ofLevel.length > 0 && !(await runLevel(level, ofLevel))) return false;
  }
  return true;
}

const succeeded = await check(whatChanged());
console.log(`\nWhere the time went:\n${spent.join('\n')}`);
process.exitCode = succeeded ? 0 : 1;
