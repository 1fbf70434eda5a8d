import { describe, expect, test } from '@jest/globals';
import { openApiDocument } from '../../../../functions/api/documents.ts';
import { filledIn, filterIn } from '../../../../functions/pages/forms/filter-form.ts';
import { fields, payloadOf, takesFiles } from '../../../../functions/pages/forms/form-fields.ts';
import { exampleOf, hintOf } from '../../../../functions/pages/forms/form-hints.ts';
import { formValues } from '../../../../functions/pages/forms/form-values.ts';
import { payloadSchemas } from '../../../../functions/pages/forms/payload-schemas.ts';
import { schemaOf, showForm, submitFromForm } from '../../../../functions/pages/forms/submit-form.ts';
import { confirmAction, startFromForm } from '../../../../functions/pages/stage/bulk.ts';
import { rights } from '../../../../shared/domain/access/access-entry.ts';
import {
  InvalidRequestError,
  NotFoundError,
  PayloadTooLargeError,
} from '../../../../shared/domain/base/errors.ts';
import { debouncesIn } from '../../../../shared/domain/state/limits/debounces.ts';
import { firstTriesIn } from '../../../../shared/domain/state/limits/first-tries.ts';
import { hasFields } from '../../../../shared/http/wire/answer-words.ts';
import { fixedRandom } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryPointerQueue } from '../../../../testkit/fakes/in-memory-queues.ts';
import { InMemoryRecords } from '../../../../testkit/fakes/in-memory-records.ts';
import { recordedLog } from '../../../../testkit/fakes/recorded-log.ts';
import { RecordedMeters } from '../../../../testkit/fakes/recorded-meters.ts';
import { suspending } from '../../../../testkit/fakes/suspending.ts';
import { contracts } from '../../../job-types/contracts.ts';
import { aListing } from '../../../set-ups/listing.ts';
import { aRequest, stageSetup, uploadRules } from '../../../set-ups/samples.ts';
import { aSubmitter } from '../../../set-ups/submitter.ts';

const schema = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', maxLength: 10 },
    count: { type: 'integer', minimum: 0, maximum: 5 },
    share: { type: 'number' },
    loud: { type: 'boolean' },
    color: { enum: ['red', 'blue'] },
    list: {
      type: 'array',
      items: { type: 'object', properties: { op: { enum: ['sum'] }, to: { type: 'string' } } },
    },
  },
};
const payload = (values: Record<string, string>) =>
  payloadOf(
    schema,
    new URLSearchParams(
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`field.${name}`, value])),
    ),
  );

describe('the payload of a form', () => {
  test('has the kinds of its schema', () => {
    const values = {
      name: '12',
      count: '3',
      share: '0.5',
      loud: 'true',
      color: 'red',
      list: '[{"op":"sum"}]',
    };
    expect(payload(values)).toEqual({
      name: '12',
      count: 3,
      share: 0.5,
      loud: true,
      color: 'red',
      list: [{ op: 'sum' }],
    });
  });

  test('lacks what was left empty, and what no field is for', () => {
    expect(payload({ name: '', count: '  ', other: 'x' })).toEqual({});
  });

  test('keeps as text what is not what its field is for: the check of the payload explains it', () => {
    expect(payload({ count: 'three', list: '[', loud: 'yes' })).toEqual({
      count: 'three',
      list: '[',
      loud: 'yes',
    });
  });

  test('has the line ends that a person sees', () => {
    expect(payload({ name: 'a\r\nb' })).toEqual({ name: 'a\nb' });
  });
});

describe('the fields of a form', () => {
  test('explain what is wrong at their place, keep what was entered, and tie the words to the field', () => {
    const values = new URLSearchParams({ 'field.count': '"7' });
    const { text } = fields(
      schema,
      values,
      new Map([
        ['/count', 'too large'],
        ['/list/0/op', 'no <op>'],
      ]),
    );
    expect(text).toMatch(
      /<input id="field-count"[^>]* value="&quot;7" aria-invalid="true" aria-describedby="field-count-hint field-count-error">/,
    );
    expect(text).toMatch(/id="field-count-error"><bdi>too large<\/bdi>/);
    expect(text).toMatch(/id="field-list-error"><code>\/list\/0\/op<\/code> <bdi>no &lt;op&gt;<\/bdi>/);
    expect(text.match(/aria-invalid/g)).toHaveLength(2);
  });

  test('do not take the error of another one whose name begins alike', () => {
    const two = { type: 'object', properties: { a: { type: 'string' }, ab: { type: 'string' } } };
    const { text } = fields(two, new URLSearchParams(), new Map([['/ab', 'no']]));
    expect(text).not.toContain('field-a-error');
  });

  test('are for an object with properties only', () => {
    expect(hasFields(schema)).toBe(true);
    expect(hasFields({ type: 'object', properties: {} })).toBe(false);
    expect(hasFields({ type: 'array' })).toBe(false);
    expect(hasFields({})).toBe(false);
  });
});

describe('a field for an object', () => {
  const withObject = {
    type: 'object',
    required: ['groupBy'],
    properties: {
      csv: { type: 'string' },
      object: { type: 'string', object: true },
      groupBy: { type: 'string' },
    },
  };

  test('takes a file, which needs the script, or a name, which does not', () => {
    expect([takesFiles(withObject), takesFiles(schema)]).toEqual([true, false]);
    const { text } = fields(withObject, new URLSearchParams({ 'field.object': 'uploads/"a' }), new Map());
    expect(text).toMatch(
      /<div data-upload="field-object" hidden>.*<input type="file" id="field-object-file"/s,
    );
    expect(text).toMatch(/<input id="field-object" name="field.object" [^>]*value="uploads\/&quot;a" >/);
    // A file itself is never part of the form.
    expect(text).not.toMatch(/type="file"[^>]* name=/);
  });

  test('says what is wrong with the name', () => {
    const { text } = fields(withObject, new URLSearchParams(), new Map([['/object', 'no name']]));
    expect(text).toMatch(
      /<input id="field-object"[^>]* aria-invalid="true" aria-describedby="field-object-error">/,
    );
    expect(text).toContain('id="field-object-error"><bdi>no name</bdi>');
  });

  test('is not sent empty, and without the spaces around a name', () => {
    const sent = (object: string) =>
      payloadOf(withObject, new URLSearchParams({ 'field.csv': 'a,b\n1,2 ', 'field.object': object }));
    expect(sent('')).toEqual({ csv: 'a,b\n1,2 ' });
    expect(sent(' uploads/a\n')).toEqual({ csv: 'a,b\n1,2 ', object: 'uploads/a' });
  });

  test('is left out of an example, unless it must be there', () => {
    expect(exampleOf(withObject)).toEqual({ csv: '…', groupBy: '…' });
    expect(exampleOf({ ...withObject, required: ['object'] })).toHaveProperty('object');
  });
});

describe('a hint', () => {
  test.each([
    [{ type: 'integer', minimum: 0, maximum: 5 }, 'A whole number, at least 0, at most 5.'],
    [{ type: 'integer', minimum: -9007199254740991, maximum: 9007199254740991 }, 'A whole number.'],
    [{ type: 'string', maxLength: 10 }, 'At most 10 characters.'],
    [{ type: 'number', description: 'How much' }, 'How much. A number.'],
    [{ type: 'string', description: '<b>' }, '&lt;b&gt;.'],
    [
      { type: 'string', description: 'Who asked reads it.', maxLength: 9 },
      'Who asked reads it. At most 9 characters.',
    ],
    [{ type: 'string', description: 'Why?' }, 'Why?'],
  ])('of %j', (of, words) => {
    expect(hintOf(of)).toMatchObject({ text: words });
  });

  test('is left out where there is nothing to say', () => {
    expect(hintOf({ type: 'string' })).toBe(false);
  });

  test('an example has the shape of its schema', () => {
    expect(exampleOf(schema)).toEqual({
      name: '…',
      count: 0,
      share: 0,
      loud: true,
      color: 'red',
      list: [{ op: 'sum', to: '…' }],
    });
  });
});

const caller = { tenant: 'a tenant', actor: 'key:a-key', rights };
const type = 'application/x-www-form-urlencoded';
const aForm = (values: Record<string, string>, contentType = type) =>
  aRequest({
    method: 'POST',
    headers: { ...aRequest().headers, 'content-type': contentType },
    body: new URLSearchParams(values).toString(),
  });
const form = {
  type: 'counting',
  schema: schemaOf('counting', contracts),
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
    ...suspending(),
    listShards: 1,
    firstTries: firstTriesIn(new InMemoryRecords()),
    debounces: debouncesIn(new InMemoryRecords()),
    pointers: new InMemoryPointerQueue(),
    log: recordedLog(),
    meters: new RecordedMeters(),
  };
  return {
    sent,
    submit: (values: Record<string, string>) => submitFromForm(aForm(values), { form, caller }, deps),
    deps,
  };
};

describe('a form for a job', () => {
  test('has no reference to the names that the OpenAPI document gives', () => {
    expect(JSON.stringify(openApiDocument())).toContain('"$ref"');
    expect(JSON.stringify(payloadSchemas())).not.toContain('"$ref"');
  });

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
    expect(of('csv-sums')).toEqual(["'self' https://bucket.example", true]);
    expect(of('counting')).toEqual(["'self'", false]);
  });

  test('of which one of two fields is needed says so', async () => {
    const schema = schemaOf('csv-sums', contracts);
    const values = { 'field.csv': '', 'field.object': '', 'field.groupBy': 'a', 'field.metrics': '[]' };
    const aggregate = { ...form, type: 'csv-sums', schema };
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
    const body = await ask('action=cancel&type=counting', async ({ submit, succeed }) => {
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

  test('stops counting after 2000 read units, however few jobs it has found', async () => {
    const { list, submit } = aListing();
    for (let after = 0; after < 3_000; after += 1)
      await submit({ after, tags: [after === 2_999 ? 'rare' : 'frequent'] });
    const deps = { list, listShards: 1, tenant: 'a tenant', page: { isSignedIn: true } };
    const { body } = await confirmAction(aRequest({ rawQueryString: 'action=cancel&tag=rare' }), deps);
    expect(body).toContain('<h1>Cancel more than 1 jobs?</h1>');
    const units = list.calls.reduce((sum, call) => sum + call.units, 0);
    expect(units).toBeGreaterThan(1_900);
    expect(units).toBeLessThan(2_600);
  });

  test('to retry is for jobs that failed, unless it says otherwise, and says so', async () => {
    const body = await ask('action=retry&type=counting', async ({ submit, fail }) => fail(await submit()));
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

describe('the filter of a form', () => {
  test('leaves out what was not filled in', () => {
    const rawQueryString = 'status=&type=&tag=&group=&since=&until=';
    expect(filterIn({ rawQueryString })).toEqual({ query: {}, cursor: undefined, action: undefined });
    expect(filledIn({ rawQueryString }).size).toBe(0);
  });

  test('takes several tags, and decodes what a browser has encoded', () => {
    const { query } = filterIn({ rawQueryString: 'tag=a+b&tag=%C3%A4%26&status=failed' });
    expect(query).toEqual({ status: 'failed', tags: ['a b', 'ä&'] });
  });

  test('has cursor and action beside the filter', () => {
    const { query, cursor, action } = filterIn({ rawQueryString: 'type=x&cursor=c&action=retry' });
    expect([query, cursor, action]).toEqual([{ type: 'x' }, 'c', 'retry']);
  });

  test.each(['status=asleep', 'action=erase', 'status=failed&status=queued', 'since=yesterday', 'limit=3'])(
    'refuses %s',
    (rawQueryString) => {
      expect(() => filterIn({ rawQueryString })).toThrow(InvalidRequestError);
    },
  );
});
