import { describe, expect, test } from '@jest/globals';
import { confirmAction, startFromForm } from '../../../../functions/pages/bulk.ts';
import { formValues } from '../../../../functions/pages/form-values.ts';
import { schemaOf, showForm, submitFromForm } from '../../../../functions/pages/submit-form.ts';
import { contracts } from '../../../../job-types/contracts.ts';
import { rights } from '../../../../shared/job/access-entry.ts';
import { InvalidRequestError, NotFoundError, PayloadTooLargeError } from '../../../../shared/job/errors.ts';
import { fixedRandom } from '../../../../testkit/fakes/fixed.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { aRequest, stageSetup, uploadRules } from '../../../set-ups/samples.ts';
import { aSubmitter } from '../../../set-ups/submitter.ts';

const caller = { tenant: 'a tenant', rights };
const type = 'application/x-www-form-urlencoded';
const aForm = (values: Record<string, string>, contentType = type) =>
  aRequest({
    method: 'POST',
    headers: { ...aRequest().headers, 'content-type': contentType },
    body: new URLSearchParams(values).toString(),
  });
const form = {
  type: 'countdown',
  schema: schemaOf('countdown', contracts),
  page: { isSignedIn: true },
  uploadsTo: 'https://bucket.example',
};
const aSubmission = () => {
  const { store, queues, clock, sent } = aSubmitter();
  const deps = {
    store,
    queues,
    clock,
    contracts,
    random: fixedRandom(),
    jobIdSecret: 'x',
    uploads: uploadRules,
    setup: stageSetup,
    listShards: 1,
  };
  return {
    sent,
    submit: (values: Record<string, string>) => submitFromForm(aForm(values), { form, caller }, deps),
    deps,
  };
};

describe('a form for a job', () => {
  test('submits it and leads to its page', async () => {
    const { submit, sent } = aSubmission();
    const { statusCode, headers } = await submit({ 'field.seconds': '3', 'field.failFirst': '' });
    expect([statusCode, headers?.location]).toEqual([
      303,
      expect.stringMatching(/^\/ui\/jobs\/[\da-f-]{36}$/),
    ]);
    expect(sent()).toHaveLength(1);
  });

  test.each([
    [{ 'field.seconds': '' }, 'is missing'],
    [{ 'field.seconds': 'soon' }, 'expected number'],
    [{ 'field.seconds': '-1' }, 'Too small'],
    [{ json: '{"seconds": "x"}' }, 'expected number'],
    [{ json: '{' }, 'This is not JSON.'],
    [{ json: 'null' }, 'expected object'],
  ])('with %j sends nothing, and says what is wrong', async (values, words) => {
    const { submit, sent } = aSubmission();
    const { statusCode, body } = await submit(values);
    expect(statusCode).toBe(400);
    expect(body).toContain(words);
    expect(sent()).toEqual([]);
  });

  test('that takes files may send them to the bucket, and no other page may', () => {
    const of = (type: string) => {
      const { headers = {}, body = '' } = showForm({ ...form, type, schema: schemaOf(type, contracts) });
      const policy = String(headers['content-security-policy']);
      return [/connect-src ([^;]*);/.exec(policy)?.[1], body.includes('/ui/assets/upload.')];
    };
    expect(of('csv-aggregate')).toEqual(["'self' https://bucket.example", true]);
    expect(of('countdown')).toEqual(["'self'", false]);
  });

  test('of which one of two fields is needed says so', async () => {
    const schema = schemaOf('csv-aggregate', contracts);
    const values = { 'field.csv': '', 'field.object': '', 'field.groupBy': 'a', 'field.metrics': '[]' };
    const aggregate = { ...form, type: 'csv-aggregate', schema };
    const { deps } = aSubmission();
    const { body } = await submitFromForm(aForm(values), { form: aggregate, caller }, deps);
    expect(body).toContain('there must be either a csv or an object');
  });

  test.each(['bulk-action', 'none', 'constructor', ''])('there is none for the type %j', (name) => {
    expect(() => schemaOf(name, contracts)).toThrow(NotFoundError);
  });
});

describe('what a browser sends', () => {
  test('is read in base64, too', () => {
    const body = Buffer.from('a=%C3%A4+b').toString('base64');
    const headers = { 'content-type': `${type};charset=UTF-8` };
    expect(formValues(aRequest({ headers, body, isBase64Encoded: true })).get('a')).toBe('ä b');
  });

  test('is refused as another type, or if it is too large', () => {
    expect(() => formValues(aForm({ a: 'b' }, 'application/json'))).toThrow(InvalidRequestError);
    expect(() => formValues(aForm({ a: 'b'.repeat(800_000) }))).toThrow(PayloadTooLargeError);
  });
});

describe('an action for many jobs', () => {
  const ask = async (query: string, prepare: (listing: ReturnType<typeof aListing>) => Promise<unknown>) => {
    const listing = aListing();
    await prepare(listing);
    const deps = { list: listing.list, listShards: 1, tenant: 'a tenant', page: { isSignedIn: true } };
    return (await confirmAction(aRequest({ rawQueryString: query }), deps)).body ?? '';
  };

  test('asks first, and counts the jobs that it would change', async () => {
    const body = await ask('action=cancel&type=countdown', async ({ submit, succeed }) => {
      await succeed(await submit());
      await submit();
      await submit();
    });
    expect(body).toContain('<h1>Cancel 2 jobs?</h1>');
  });

  test('does not count other actions, which it leaves alone', async () => {
    const body = await ask('action=cancel&status=queued', async ({ submit }) => {
      await submit({ type: 'bulk-action', payload: {} });
      await submit();
    });
    expect(body).toContain('<h1>Cancel 1 job?</h1>');
  });

  test('to retry is for jobs that failed, unless it says otherwise, and says so', async () => {
    const body = await ask('action=retry&type=countdown', async ({ submit, fail }) => fail(await submit()));
    expect(body).toContain('<h1>Retry 1 job?</h1>');
    expect(body).toContain('<dt>Status</dt><dd><bdi>Failed</bdi></dd>');
  });

  test.each(['action=cancel', 'status=failed', 'action=erase&status=failed', 'action=retry&tag='])(
    'is refused for %s',
    async (query) => {
      await expect(ask(query, async () => undefined)).rejects.toThrow(InvalidRequestError);
    },
  );

  test('starts a job that does it, with the filter of the form', async () => {
    const { deps, sent } = aSubmission();
    const { statusCode } = await startFromForm(aForm({ action: 'cancel', tag: 'a tag' }), caller, deps);
    expect(statusCode).toBe(303);
    expect(JSON.stringify(sent())).toContain('a tag');
  });
});
