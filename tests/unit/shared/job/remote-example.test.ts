import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { ServiceBusyError } from '../../../../shared/job/remote.ts';
import { cutEverywhere } from '../../../../testkit/cut-everywhere.ts';
import { remoteStandIn } from '../../../../testkit/remote-stand-in.ts';
import { root } from '../../../project-copy.ts';
import { type JsonRequest, startJsonServer } from '../../../stand-ins/json-server.ts';
import { reportsAt } from './example-adapter.ts';
import { renderReport as contract } from './example-contract.ts';
import { renderReport } from './example-handler.ts';

const docs = readFileSync(join(root, 'docs/other-services.md'), 'utf8');

const outside = remoteStandIn({
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
  it.each(['contract', 'handler', 'adapter'])('is what is tested here: %s.ts', (name) => {
    const source = readFileSync(join(import.meta.dirname, `example-${name}.ts`), 'utf8');
    const shown = source.replaceAll('../../../../shared', '../../shared').replaceAll('./example-', './');
    expect(docs).toContain(`\`\`\`ts\n// job-types/render-report/${name}.ts\n${shown}\`\`\``);
  });

  it('survives every cut', async () => {
    const type = { contract, handlerWith: renderReport };
    await cutEverywhere(type, { month: '2026-10' }, { outside, maxCuts: 100 });
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
