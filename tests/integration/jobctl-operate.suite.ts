import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { stageQueues } from '../../shared/domain/base/queue-figures.ts';
import { projectDir } from '../project-copy.ts';
import { yearly } from '../system/start-system.ts';
import { runPiped } from './jobctl-command.ts';
import { failing, type JobctlSystem, printedJob } from './jobctl-system.ts';

const queues = z.array(z.object({ name: z.string(), delayed: z.int() }));
/** What these troubles and alarms say is of no job, or leads to a trouble that is. */
const aboutNoJob = ['unheard', 'TroubleAlarm', 'CheckSilentAlarm', 'OverdueSilentAlarm'];

/** The commands of each section of docs/incidents.md. */
const incidentCommands = (): readonly (readonly [name: string, commands: readonly string[]])[] =>
  readFileSync(join(projectDir, 'docs/incidents.md'), 'utf8')
    .split('\n### ')
    .slice(1)
    .map((section) => [
      section.slice(0, section.indexOf('\n')).replaceAll('`', ''),
      [...section.matchAll(/^ {4}(.+)$/gm)].map(([, command = '']) => command),
    ]);

/** Queues, schedules, pages and keys: what operators need. */
export function describeOperating(system: () => JobctlSystem): void {
  test('queues are a table for people, and JSON for programs, to those who operate the stage', async () => {
    await system().submit('counting', { seconds: 0 }, '--in', '10m');
    const [people, programs, denied] = await Promise.all([
      system().run(['queues']),
      system().run(['queues', '--json']),
      system().run(['queues'], { env: { JOB_KEY: await system().keyWith('read') } }),
    ]);
    expect(people).toMatchObject({ code: 0, err: '' });
    expect(people.out.split('\n')[0]).toBe('  queue               ready  in flight  delayed');
    const found = queues.parse(JSON.parse(programs.out));
    expect(found.map(({ name }) => name)).toEqual([...stageQueues]);
    expect(found.find(({ name }) => name === 'long')?.delayed).toBeGreaterThan(0);
    expect(denied).toMatchObject({ code: 5, out: '' });
  });

  test('lines of a job are printed, followed to its end, and searched, to those who have the right to them', async () => {
    const id = await system().submit('csv-sums', {
      csv: 'a\n1\n',
      groupBy: 'b',
      metrics: [{ column: 'a', op: 'sum' }],
    });
    const followed = await system().run(['logs', id, '--follow']);
    expect(followed).toMatchObject({ code: 0, err: '' });
    const failed = [
      expect.stringMatching(/ 1 WARN {2}attempt failed \{"error":\{(?!.*"stack").*\}\}$/),
      expect.stringMatching(/^ {4}at .*:\d+:\d+\)?$/),
    ];
    expect(followed.out.trimEnd().split('\n').slice(0, 2)).toEqual(failed);
    const [stored, all, denied] = await Promise.all([
      system().run(['logs', id, '--json']),
      system().run(['logs', id, '--all']),
      system().run(['logs', id], { env: { JOB_KEY: await system().keyWith('read') } }),
    ]);
    expect(z.object({ level: z.literal('warn') }).parse(JSON.parse(stored.out))).toBeDefined();
    const [warnings, errors, second, wrong] = await Promise.all([
      system().run(['logs', id, '--all', '--level', 'warn', '--attempt', '1']),
      system().run(['logs', id, '--level', 'error']),
      system().run(['logs', id, '--all', '--attempt', '2']),
      system().run(['logs', id, '--attempt', '0']),
    ]);
    expect(warnings.out.trimEnd().split('\n').slice(0, 2)).toEqual(failed);
    expect([errors, second]).toMatchObject([
      { code: 0, out: '' },
      { code: 0, out: '' },
    ]);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining('Use a whole number from 1.') });
    expect(all.out).toMatch(/ 1 INFO {2}attempt started.*attempt failed.*attempt ended/s);
    expect(denied).toMatchObject({ code: 5, out: '' });
  });

  test('jobs of all tenants are looked over, and one is looked at, by those who operate the stage', async () => {
    const id = await system().submit(failing.type, failing.payload);
    await system().run(['wait', id]);
    const other = { env: { JOB_KEY: await system().keyWith('operate', 'another-tenant') } };
    const [top, failures, none, look, denied] = await Promise.all([
      system().run(['top'], other),
      system().run(['failures', '--tenant', 'local', '--type', failing.type], other),
      system().run(['failures', '--error', 'NoSuchError', '--json'], other),
      system().run(['look', id], other),
      system().run(['look', id], { env: { JOB_KEY: await system().keyWith('read') } }),
    ]);
    expect(top).toMatchObject({ code: 0, err: '' });
    expect(top.out).toMatch(/^\d+ queued {2}\d+ waiting {2}\d+ running {2}local$/m);
    expect(failures.out).toMatch(/^\d+ {2}csv-sums {2}\w+ {2}local {2}latest .+\n {2}[0-9a-f-]{36}$/m);
    expect(failures.out).toContain(`  ${id}\n`);
    expect(JSON.parse(none.out)).toEqual([]);
    expect(look.out).toContain(`csv-sums  ${id}  of local\nfailed, attempt 1 of `);
    expect(look.out).not.toContain('groupBy');
    expect(denied).toMatchObject({ code: 5, out: '' });
    const later = await system().submit('counting', { seconds: 0 }, '--in', '1h');
    expect((await system().run(['look', later], other)).out).toMatch(
      /\nwaiting, attempt 0 of \d+\nwaits: not before 20\S+\n/,
    );
    for (const act of ['retry', 'wait']) await system().run([act, id]);
    expect((await system().run(['look', id], other)).out).toMatch(/ {2}retried {2}by key:\w{12}\n/);
    await system().run(['erase', id]);
    expect((await system().run(['look', id], other)).out).toMatch(
      new RegExp(`^${id}  erased by key:\\w{12}\nfailed, attempt 1 of \\d+\n$`),
    );
  });

  test('stuck jobs are listed, and seen to after a purge, by those who operate the stage', async () => {
    const purge = ['stuck', '--queue', 'server', '--queue', 'waiting', '--purged-at', '1m', '--json'];
    const [listed, seenTo, half, ahead, denied] = await Promise.all([
      system().run(['stuck']),
      system().run(purge),
      system().run(['stuck', '--queue', 'server']),
      system().run(['stuck', '--queue', 'none', '--purged-at', '1m']),
      system().run(purge, { env: { JOB_KEY: await system().keyWith('control') } }),
    ]);
    expect(listed).toMatchObject({ code: 0, out: '', err: '' });
    expect(seenTo).toMatchObject({ code: 0, out: '[]\n' });
    expect(half).toMatchObject({ code: 2, out: '' });
    expect(half.err).toContain('--queue and --purged-at belong together.');
    expect(ahead.err).toContain('must be one of standard, long');
    expect(denied).toMatchObject({ code: 5, out: '' });
  });

  test('schedules are listed, run, paused and resumed', async () => {
    const { own } = yearly;
    expect((await system().run(['schedules'])).out).toMatch(
      new RegExp(`^${own}\n  counting for the-owner: `),
    );
    const { out } = await system().run(['schedules', 'run', own, '--json']);
    const job = printedJob.parse(JSON.parse(out));
    expect(job).toMatchObject({ type: 'counting', tags: [`schedule:${own}`] });
    expect((await system().run(['schedules', 'pause', own])).out).toMatch(new RegExp(`^${own} is paused: `));
    expect(JSON.parse((await system().run(['schedules', 'list', '--json'])).out)).toMatchObject([
      { name: own, paused: true, lastJobs: [{ id: job.id }] },
      { name: yearly.foreign, paused: false },
    ]);
    expect((await system().run(['schedules'])).out).toMatch(
      new RegExp(`next: none until it is resumed\n  ${job.id}  \\w+ +by hand at \\w{3} 20\\d\\d-`),
    );
    expect((await system().run(['schedules', 'resume', own])).out).toMatch(
      /^nightly is resumed\. It comes next: \w{3} 20\d\d-01-01 03:30 \+01:00\.\n$/,
    );
  });

  test('what is paused is listed, with whether submissions are refused, and resumed', async () => {
    const { out } = await system().run(['pause', 'queue:server', '--refuse-submissions', '--why', 'a move']);
    expect(out).toMatch(/^queue:server {2}paused since .*, submissions are refused, by .*: a move\n$/);
    expect((await system().run(['pauses'])).out).toBe(out);
    const { out: json } = await system().run(['pause', 'queue:server', '--until', '1h', '--json']);
    expect(JSON.parse(json)).toMatchObject({ name: 'queue:server', active: true, submissions: 'accept' });
    expect((await system().run(['resume', 'queue:server'])).out).toMatch(/^queue:server {2}resumed, by /);
  });

  test.each([
    ['auth0|62/7?x=1&y=%2F#z', 'tenant:auth0|62/7?x=1&y=%2F#z'],
    ['Müller & Söhne', 'tenant:Müller & Söhne'],
    ['of two\nlines', 'tenant:"of two\\nlines"'],
    ['x'.repeat(1_000), `tenant:${'x'.repeat(1_000)}`],
  ])(
    'a tenant that a token may name is paused, shown, looked at, canceled and resumed: %j',
    async (tenant, text) => {
      const ofTenant = ['--tenant', text.slice('tenant:'.length)];
      const { out } = await system().run(['pause', text]);
      expect(out.startsWith(`${text}  paused since `)).toBe(true);
      expect((await system().run(['pauses'])).out).toContain(out);
      const { out: json } = await system().run(['pauses', '--json']);
      expect(JSON.parse(json)).toContainEqual(
        expect.objectContaining({ name: `tenant:${tenant}`, active: true }),
      );
      expect(await system().run(['top', ...ofTenant])).toMatchObject({ code: 0 });
      expect(await system().run(['cancel', ...ofTenant, '--yes'])).toMatchObject({ code: 0 });
      expect((await system().run(['resume', text])).out.startsWith(`${text}  resumed, by `)).toBe(true);
    },
  );

  test.each([
    ['pause', 'tenant:"half'],
    ['resume', 'tenant: a'],
    ['top', '--tenant', '"half'],
    ['cancel', '--yes', '--tenant', ''],
  ])('a name of a tenant that is badly quoted is an error of usage: %s', async (...args) => {
    const { code, err } = await system().run(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('is not the name of a tenant') });
  });

  test('keys makes a key for another team, which can be used at once', async () => {
    const bin = join(system().project, 'client/jobctl/bin/jobctl.js');
    const keys = (...args: string[]) =>
      runPiped([process.execPath, bin, 'keys', ...args], { env: { JOB_URL: system().address } });
    const made = await keys(
      ...['create', '--stage', 'local', '--tenant', 'team-blue', '--rights', 'submit,read'],
    );
    expect(made).toEqual({
      code: 0,
      out: expect.stringMatching(/^sjw_\w{12}_\w{49}\n$/),
      err: expect.stringContaining('A key of the stage local: '),
    });
    const doctor = await system().run(['doctor'], { env: { JOB_KEY: made.out.trim() } });
    expect(doctor.out).toContain('rights: submit, read\n');
    const listed = z
      .array(z.looseObject({ kind: z.string() }))
      .parse(JSON.parse((await keys('list', '--stage', 'local', '--json')).out));
    expect(listed).toContainEqual(
      expect.objectContaining({ id: made.out.slice(4, 16), tenant: 'team-blue', rights: ['submit', 'read'] }),
    );
    const unknown = await keys('revoke', 'unknownKey00', '--stage', 'local');
    expect(unknown).toMatchObject({ code: 4, err: expect.stringContaining('There is no key') });
    const wrong = await keys('create', '--rights', 'everything');
    expect(wrong).toMatchObject({ code: 2, out: '' });
    expect(wrong.err).toMatch(
      /^--tenant is missing: .+\n--rights .+ There are: submit, read, .+\n--stage is missing: local for/,
    );
    expect((await keys('list', '--stage', 'local', '--url', system().address)).code).toBe(2);
  });

  test('three commands of docs/incidents.md at most lead from each alarm to a job', async () => {
    const failed = await system().submit(failing.type, failing.payload);
    await system().run(['wait', failed]);
    const group = ['--group', 'a group that is busy'];
    const holder = await system().submit('counting', { seconds: 300 }, ...group);
    await system().submit('counting', { seconds: 0 }, ...group);
    const later = await system().submit('counting', { seconds: 0 }, '--in', '1h');
    const leading: string[] = [];
    for (const [name, commands] of incidentCommands()) {
      expect(commands.length).toBeLessThanOrEqual(3);
      let id: string | undefined;
      for (const command of commands) id = await idShownBy(command, { id, failed });
      if (id) leading.push(name);
    }
    for (const id of [holder, later]) await system().run(['cancel', id]);
    expect(leading).toEqual(
      incidentCommands().flatMap(([name]) => (aboutNoJob.includes(name) ? [] : [name])),
    );
  });

  /** Runs a command, of which the first that shows jobs leads to one of them. */
  async function idShownBy(
    command: string,
    { id, failed }: { readonly id: string | undefined; readonly failed: string },
  ): Promise<string | undefined> {
    const [program, ...args] = command.split(' ');
    // The lines of functions that handle jobs have ids, and so have messages.
    if (program === 'aws')
      return /^aws (logs tail "\/aws\/lambda\/.*(?<!-check)" |sqs receive-message)/.test(command)
        ? (id ?? failed)
        : id;
    if (program !== 'jobctl' || args.includes('--stage')) return id;
    const typed = args.map((each) => ({ $ID: id, $NAME: yearly.own })[each] ?? each);
    const { code, out } = await system().run(typed);
    expect({ command, code }).toEqual({ command, code: 0 });
    return id ?? /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(out)?.[0];
  }
}
