import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ServiceBusyError } from '../../../../shared/author/remote.ts';
import { PermanentError } from '../../../../shared/domain/base/errors.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { remoteStandIn } from '../../../../testkit/remote-stand-in.ts';
import { JobTestError } from '../../../../testkit/report.ts';
import { reportsAt } from '../../../job-types/render-report/adapter.ts';
import { renderReport as reportContract } from '../../../job-types/render-report/contract.ts';
import { renderReport } from '../../../job-types/render-report/handler.ts';
import { projectDir } from '../../../project-copy.ts';
import { type JsonRequest, startJsonServer } from '../../../stand-ins/json-server.ts';
import { inTurn } from '../../../turns.ts';
import * as bugs from './remote-bugs.ts';
import { contract, measure, payload, resultOf } from './remote-sample.ts';

const outside = remoteStandIn({ resultOf });

describe('a remote job that is cut', () => {
  it('starts one remote job, wherever it is cut, and cancels it when the job is canceled', async () => {
    const { cuts } = await cutEverywhere({ contract, handlerWith: measure }, payload, { outside });
    expect(cuts).toBeGreaterThan(200);
  });

  it.each([5, 59])('does so if the list of the service is late by %d s', async (listingLagSeconds) => {
    const late = remoteStandIn({ resultOf, listingLagSeconds });
    await cutEverywhere({ contract, handlerWith: measure }, payload, { outside: late, maxCuts: 100 });
  });

  it('does so if the service knows no tokens at all', async () => {
    const forgetful = remoteStandIn({ resultOf, tokenSeconds: 0 });
    await cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: forgetful,
      maxCuts: 100,
    });
  });

  it('fails in the same way if the remote job fails', async () => {
    const failing = remoteStandIn({ resultOf, failsWith: 'the input has no video' });
    await cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: failing,
      endsAs: 'failed',
      maxCuts: 100,
    });
  });

  it('is found to start twice if the list is later than the job was told', async () => {
    const later = remoteStandIn({ resultOf, listingLagSeconds: 200 });
    const cut = cutEverywhere({ contract, handlerWith: measure }, payload, {
      outside: later,
      maxCuts: 60,
    });
    await expect(cut).rejects.toMatchObject({ kinds: expect.arrayContaining(['wrong outside']) });
  });
});

describe('a remote job with a planted bug', () => {
  it.each(inTurn('faults in remote jobs', Object.entries(bugs)))('is found: %s', async (_, handlerWith) => {
    const error = await cutEverywhere({ contract, handlerWith }, payload, { outside, maxCuts: 90 }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error instanceof JobTestError && error.kinds).toContain('wrong outside');
  });
});

const docs = readFileSync(join(projectDir, 'docs/other-services.md'), 'utf8');

const reportService = remoteStandIn({
  resultOf: ({ month }: { month: string }) => ({ url: `https://reports.example.com/${month}` }),
  listingLagSeconds: 10,
});

const call = {
  ...{ payload: { month: '2026-10' }, id: 'a job', tenant: 'a tenant', token: 't1' },
  signal: new AbortController().signal,
};

/** A report service that has one report. */
const answerOf = ({ method, path, query, body }: JsonRequest) => {
  if (path === '/busy') return { status: 503, body: {} };
  const report = { id: 'r1', state: method === 'GET' ? 'done' : 'rendering', url: 'https://example.com/r1' };
  if (query.has('reference')) return { status: 200, body: query.get('reference') === 't1' ? [report] : [] };
  if (method === 'POST') return { status: 201, body: { ...report, ...Object(body) } };
  return path === '/r1' ? { status: 200, body: report } : { status: 404, body: {} };
};

describe('the example of docs/other-services.md', () => {
  it.each(['contract', 'handler', 'adapter', 'uses'])('is what is tested here: %s.ts', (name) => {
    const source = readFileSync(join(projectDir, `tests/job-types/render-report/${name}.ts`), 'utf8');
    const shown = source.replaceAll('../../../shared', '../../shared');
    expect(docs).toContain(`\`\`\`ts\n// job-types/render-report/${name}.ts\n${shown}\`\`\``);
  });

  it('survives every cut', async () => {
    const type = { contract: reportContract, handlerWith: renderReport };
    await cutEverywhere(type, { month: '2026-10' }, { outside: reportService, maxCuts: 100 });
  });

  it('speaks with its service', async () => {
    const server = await startJsonServer(answerOf);
    const reports = reportsAt(server.endpoint);
    expect(await reports.start(call)).toBe('r1');
    expect(await reports.find({ ...call, since: 0 })).toBe('r1');
    expect(await reports.find({ ...call, token: 't2', since: 0 })).toBeUndefined();
    const status = await reports.poll({ ...call, remoteId: 'r1' });
    expect(status).toEqual({ kind: 'succeeded', result: { url: 'https://example.com/r1' } });
    await reports.cancel({ ...call, remoteId: 'r1' });
    await expect(reports.poll({ ...call, remoteId: 'r2' })).rejects.toThrow(PermanentError);
    await expect(reportsAt(`${server.endpoint}/busy`).start(call)).rejects.toThrow(ServiceBusyError);
    await server.stop();
  });
});
