import { expect, test } from '@jest/globals';
import { runJobctl } from './jobctl-command.ts';
import { answering, withServer } from './scripted-server.ts';

const id = '00000000-0000-4000-8000-000000000000';
const input = {
  id,
  type: 'counting',
  tenant: 'acme',
  status: 'failed',
  run: 1,
  attempt: 1,
  maxAttempts: 5,
  fencingToken: 7,
  submittedAt: '2026-11-25T16:32:33.526Z',
  payload: { seconds: 3 },
  objects: {},
  error: null,
};

/** `jobctl replay` with what a system has to answer for that only a long job has brought about. */
export function describeInputs(): void {
  /** @param atBucket the status, and the body, of what is asked for without a credential */
  const replay = (more: object, [status, body]: readonly [number, unknown]) => {
    const asked: string[] = [];
    return withServer(
      (response, request) => {
        const { authorization = 'none' } = request.headers;
        asked.push(`${request.url} ${authorization}`);
        if (request.url === `/jobs/${id}`) return answering(200, { history: [] })(response, request);
        if (request.url !== `/jobs/${id}/input`) return answering(status, body)(response, request);
        const base = `http://${request.headers.host}`;
        const text = JSON.stringify({ ...input, ...more }).replaceAll('BUCKET', `${base}/bucket`);
        return answering(200, text)(response, request);
      },
      async (url) => {
        const all = ['replay', id, '--url', url, '--as-test'];
        return { ...(await runJobctl(all, { env: { JOB_KEY: 'a-key' } })), asked };
      },
    );
  };
  const large = { checkpointUrl: 'BUCKET/state', output: { contentType: 'text/csv', bytes: 10 } };

  test('a large state comes from the bucket, without the key', async () => {
    const { code, out, asked } = await replay(large, [200, { passed: 3 }]);
    expect(code).toBe(0);
    expect(out).toMatch(/resume: \{\s*"?passed"?: 3/);
    expect(asked).toContain('/bucket/state none');
    expect(asked).toContain(`/jobs/${id}/input Bearer a-key`);
  });

  test('a state that is gone is told', async () => {
    const gone = await replay(large, [404, '']);
    expect(gone).toMatchObject({ code: 4, err: expect.stringContaining('is gone') });
  });

  test('an object that is gone is told, and a sample asked for', async () => {
    const name = `uploads/${'a'.repeat(22)}/2026-11-25/${id}.${'b'.repeat(22)}`;
    const payload = { object: name, groupBy: 'a', metrics: [{ column: 'b', op: 'sum' }] };
    const given = { type: 'csv-sums', payload, objects: { [name]: 'BUCKET/object' } };
    const { code, out, err } = await replay(given, [403, '']);
    expect(code).toBe(0);
    expect(err).toContain(`The object ${name} is not kept any more.`);
    expect(out).toContain('It is large, no text, or gone');
  });
}
