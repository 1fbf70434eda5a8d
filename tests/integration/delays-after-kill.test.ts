import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { schedulesFolder } from '../../local/schedules/schedule-server.ts';
import type { ChildSystem } from '../../local/system/child-system.ts';
import type { JobResponse } from '../../shared/http/responses/job-response.ts';
import { projectDir, withProjectCopy } from '../project-copy.ts';
import { startLocalSystem } from '../system/start-system.ts';
import { eventually } from './eventually.ts';
import { finished, readJob, submit } from './killed-system.ts';

const aheadFile = 'ahead-ms';
/** The same text for each start: what osls makes of serverless.yml is kept. */
const option = `--import=${pathToFileURL(join(import.meta.dirname, 'clock-ahead.ts')).href}?from=${aheadFile}`;
const before = process.env.NODE_OPTIONS;
let running: ChildSystem | undefined;
beforeEach(() => {
  running = undefined;
});
afterEach(async () => {
  await running?.stop();
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
});

/** Starts the system when its clock shows that time: until then the machine was off. */
async function startAt(time: number, project: string): Promise<ChildSystem> {
  await setNodeOptions(project);
  await writeFile(join(project, aheadFile), String(time - Date.now()));
  process.env.NODE_OPTIONS = `${before} ${option}`;
  const dataDir = join(project, 'data');
  running = await startLocalSystem({ project, dataDir });
  return running;
}

/** A thread of a function has the environment that serverless.yml declares, and no other. */
async function setNodeOptions(project: string): Promise<void> {
  const declared = await readFile(join(projectDir, 'serverless.yml'), 'utf8');
  const line = '\n  environment:\n';
  expect(declared).toContain(line);
  const text = declared.replace(line, `${line}    NODE_OPTIONS: "${option}"\n`);
  await writeFile(join(project, 'serverless.yml'), text);
}

/** The jobs that have a schedule, by the names of these. */
function scheduledJobs(project: string): readonly string[] {
  const file = join(schedulesFolder(join(project, 'data')), 'schedules.db');
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare('SELECT name FROM schedules').all();
  database.close();
  // The others are recurring schedules.
  return rows.flatMap(({ name }) => /^[0-9a-f-]{36}/.exec(String(name)) ?? []);
}

const minuteMs = 60_000;
/** A start takes some seconds, and the job must not be due before its end. */
const earlyMs = 20_000;
const dueAt = ({ runAt }: JobResponse): number => Date.parse(runAt ?? '');
const startOf = ({ history }: JobResponse) =>
  Date.parse(history.find(({ event }) => event === 'started')?.at ?? '');

test('jobs that are due later outlive a restart and a SIGKILL, and run once, not before their time', () =>
  withProjectCopy(async (project) => {
    const start = Date.now();
    const first = await startAt(start, project);
    const inMinutes = (minutes: number) => submit(first, { seconds: 0 }, { delaySeconds: minutes * 60 });
    const jobs = [await inMinutes(70), await inMinutes(70), await inMinutes(180)] as const;
    const [soon, canceled, late] = jobs;
    await first.stop();

    // SQS has brought their messages to admission by now.
    const second = await startAt(start + 16 * minuteMs, project);
    const scheduled = async () => {
      const found = scheduledJobs(project);
      return jobs.every(({ id }) => found.includes(id)) || undefined;
    };
    await eventually(scheduled, 'the schedules');
    const cancel = await fetch(`${second.address}/jobs/${canceled.id}/cancel`, { method: 'POST' });
    expect(cancel.status).toBe(200);
    const justNow = await submit(second, { seconds: 0 }, { delaySeconds: 40 * 60 });
    await second.kill();

    const third = await startAt(dueAt(soon) - earlyMs, project);
    for (const { id, runAt } of [soon, justNow]) {
      const job = await finished(third, id);
      expect(job).toMatchObject({ status: 'succeeded', runAt });
      expect(startOf(job)).toBeGreaterThanOrEqual(dueAt(job));
      expect(job.history.filter(({ event }) => event === 'started')).toHaveLength(1);
    }
    expect((await readJob(third, canceled.id)).status).toBe('canceled');
    expect((await readJob(third, late.id)).status).toBe('waiting');
    expect(scheduledJobs(project)).toEqual([late.id]);
  }));
