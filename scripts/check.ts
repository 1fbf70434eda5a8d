import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { problemsOfCatalog } from '../infra/packaging/problems-of-catalog.ts';

/*
 * `npm run static` and, with files of tests, `npm run check`: all groups of checks in one run, also after one that is
 * red, and at the end which are. Types take the longest, and are checked beside the others; what they print comes in
 * its turn.
 */

interface Group {
  readonly name: string;
  readonly args: readonly string[];
}

const testFiles = process.argv.slice(2);
const types: Group = { name: 'types', args: ['types'] };
const others: readonly Group[] = [
  { name: 'lint', args: ['lint'] },
  { name: 'imports', args: ['imports'] },
  { name: 'compat', args: ['compat', '--', '--or-warn'] },
];
const tests: readonly Group[] =
  testFiles.length > 0 ? [{ name: 'tests', args: ['jest', '--', ...testFiles] }] : [];

/** @returns whether it is green */
async function run({ args }: Group): Promise<boolean> {
  const child = spawn('npm', ['run', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return code === 0;
}

/** The same for one that runs beside others. @returns what prints it, and says whether it is green */
function runBeside({ args }: Group): () => Promise<boolean> {
  const child = spawn('npm', ['run', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const printed = Promise.all([buffer(child.stdout), buffer(child.stderr)]);
  return async () => {
    const [[code], [out, err]] = await Promise.all([ended, printed]);
    process.stdout.write(out);
    process.stderr.write(err);
    return code === 0;
  };
}

const problems = await problemsOfCatalog(process.cwd());
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}

const typesEnd = runBeside(types);
const green = new Map<string, boolean>([[types.name, true]]);
for (const group of others) green.set(group.name, await run(group));
green.set(types.name, await typesEnd());
for (const group of tests) green.set(group.name, await run(group));

const named = (wanted: boolean): string =>
  [...green].flatMap(([name, isGreen]) => (isGreen === wanted ? name : [])).join(', ');
const texts = [
  ['RED', named(false)],
  ['Green', named(true)],
];
console.log(`\n${texts.flatMap(([word, names]) => (names ? `${word}: ${names}.` : [])).join(' ')}`);
process.exitCode = named(false) === '' ? 0 : 1;
