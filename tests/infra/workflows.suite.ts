import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { projectDir } from '../project-copy.ts';
import { problemsOfWorkflow } from './parse-workflow.ts';

const folder = '.github/workflows';
const textOf = (name: string) => readFileSync(join(projectDir, folder, name), 'utf8');
/** Ours. Others may be added, with other rules. */
const names = ['audit.yml', 'ci.yml', 'deploy.yml', 'release.yml', 'test.yml'];

const permissions = z.record(z.string(), z.enum(['read', 'write']));
const step = z.object({
  uses: z.optional(z.string()),
  run: z.optional(z.string()),
  with: z.optional(z.record(z.string(), z.unknown())),
});
const job = z.object({
  uses: z.optional(z.string()),
  permissions: z.optional(permissions),
  environment: z.optional(z.string()),
  'timeout-minutes': z.optional(z.number()),
  steps: z._default(z.array(step), []),
});
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions,
  jobs: z.record(z.string(), job),
});

/** Which of our rules a workflow breaks. */
function brokenRules(text: string): readonly string[] {
  const { on, permissions: ofAll, jobs } = workflow.parse(parse(text));
  const all = Object.entries(jobs);
  const steps = all.flatMap(([, { steps: ofJob }]) => ofJob);
  const rules: readonly (readonly [rule: string, breaks: boolean])[] = [
    // Both give the code of a pull request what only that of the repository may have.
    ['no trusted event', 'pull_request_target' in on || 'workflow_run' in on],
    ['reads the repository, and no more', JSON.stringify(ofAll) !== '{"contents":"read"}'],
    // An expression is put into a script before the shell reads it: a value could be a command.
    ['no expression in a script', steps.some(({ run = '' }) => run.includes('${{'))],
    ['a time-out', all.some(([, each]) => each.uses === undefined && each['timeout-minutes'] === undefined)],
    // In the text, since a comment is no data.
    [
      'actions by their commit, with the version',
      [...text.matchAll(/^ *(?:- )?uses: (.*)$/gm)].some(
        ([, used = '']) => !/^\.\/|^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used),
      ),
    ],
    [
      'no token for git',
      steps.some(
        (each) => /^actions\/checkout@/.test(each.uses ?? '') && each.with?.['persist-credentials'] !== false,
      ),
    ],
    ['no secret', /\bsecrets\b/.test(text)],
  ];
  return rules.flatMap(([rule, breaks]) => (breaks ? [rule] : []));
}

/** A text of a workflow, what replaces it, and what is said then: so that no check passes because it looks at nothing. */
const faults: readonly (readonly [name: string, from: string, to: string, problem: RegExp])[] = [
  ['ci.yml', 'needs: test', 'needs: tests', /unknown job 'tests'/],
  ['ci.yml', 'stage: dev', 'name: dev', /name is not defined in the referenced workflow/],
  ['ci.yml', 'vars.DEPLOYED', 'variables.DEPLOYED', /Unrecognized named-value/],
  ['deploy.yml', 'runs-on:', 'runs:', /Unexpected value 'runs'/],
  ['ci.yml', 'pull_request:', 'pull_request_target:', /no trusted event/],
  ['audit.yml', 'contents: read', 'contents: write', /reads the repository/],
  ['test.yml', '"$TARGET" job-worker', '"\u0024{{ matrix.target }}" job-worker', /no expression/],
  ['deploy.yml', 'timeout-minutes: 120', '', /a time-out/],
  ['test.yml', '@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1', '@v7', /actions by their commit/],
  ['release.yml', 'persist-credentials: false', 'persist-credentials: true', /no token for git/],
  ['deploy.yml', 'vars.AWS_ROLE', 'secrets.AWS_ROLE', /no secret/],
];

export function describeWorkflows(): void {
  test.each(names)('%s is what GitHub takes, and keeps our rules', async (name) => {
    expect(await problemsOfWorkflow(name, textOf(name))).toEqual([]);
    expect(brokenRules(textOf(name))).toEqual([]);
  });

  test.each(faults)('a fault in %s is found: %s -> %s', async (name, from, to, problem) => {
    const broken = textOf(name).replace(from, () => to);
    expect(broken).not.toBe(textOf(name));
    const found = [...(await problemsOfWorkflow(name, broken)), ...brokenRules(broken)];
    expect(found.join('\n')).toMatch(problem);
  });

  test('more than reading is for two jobs: the one that deploys may ask for a role, the one that publishes may write', () => {
    const more = names.flatMap((name) =>
      Object.entries(workflow.parse(parse(textOf(name))).jobs).flatMap(([id, each]) =>
        Object.entries(each.permissions ?? {}).flatMap(([what, level]) =>
          level === 'write' ? [{ job: `${name} ${id}`, what, by: each.uses ?? each.environment }] : [],
        ),
      ),
    );
    const deploying = more.filter(({ what }) => what === 'id-token');
    expect(deploying.map(({ job: id }) => id)).toContain('deploy.yml deploy');
    // A role is for an environment, and that has to be asked for an approval.
    for (const { by } of deploying)
      expect(by).toMatch(/^\.\/\.github\/workflows\/deploy\.yml$|inputs\.stage/);
    expect(more.filter((each) => !deploying.includes(each)).map(({ job: id, what }) => [id, what])).toEqual([
      ['release.yml publish', 'contents'],
    ]);
  });

  test('the tests have the whole history, and the Node.js of this project', () => {
    const { steps = [] } = workflow.parse(parse(textOf('test.yml'))).jobs.test ?? {};
    expect(steps.map(({ run }) => run)).toContain('.ci/run');
    expect(steps.flatMap((each) => Object.entries(each.with ?? {}))).toEqual(
      expect.arrayContaining([
        ['fetch-depth', 0],
        ['node-version-file', '.nvmrc'],
      ]),
    );
    const version = readFileSync(join(projectDir, '.nvmrc'), 'utf8').trim();
    expect(process.version).toMatch(new RegExp(`^v${version}\\.`));
  });

  describe('dependabot.yml', () => {
    const update = z.object({
      'package-ecosystem': z.string(),
      directory: z.string(),
      cooldown: z.record(z.string(), z.number()),
      groups: z.optional(z.record(z.string(), z.object({ patterns: z.optional(z.array(z.string())) }))),
    });
    const { updates } = z
      .object({ version: z.literal(2), updates: z.array(update) })
      .parse(parse(readFileSync(join(projectDir, '.github/dependabot.yml'), 'utf8')));

    test('looks at packages, actions and the image, and waits for a week', () => {
      expect(updates.map((each) => each['package-ecosystem'])).toEqual(['npm', 'github-actions', 'docker']);
      for (const { directory, cooldown } of updates) {
        expect(existsSync(join(projectDir, directory))).toBe(true);
        expect(cooldown['default-days']).toBe(7);
      }
      // GitHub: only packages of npm have versions of which Dependabot knows the parts.
      expect(updates.slice(1).map(({ cooldown }) => Object.keys(cooldown))).toEqual([
        ['default-days'],
        ['default-days'],
      ]);
    });

    test('names packages that there are', () => {
      const { dependencies, devDependencies } = z
        .object({
          dependencies: z.record(z.string(), z.string()),
          devDependencies: z.record(z.string(), z.string()),
        })
        .parse(JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')));
      const all = Object.keys({ ...dependencies, ...devDependencies });
      const patterns = Object.values(updates[0]?.groups ?? {}).flatMap(({ patterns: some = [] }) => some);
      expect(patterns.length).toBeGreaterThan(10);
      const matching = (pattern: string) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
        return all.filter((name) => expression.test(name));
      };
      expect(patterns.filter((pattern) => matching(pattern).length === 0)).toEqual([]);
    });
  });
}
