import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../../shared/job/errors.ts';
import { MissingObjectError } from '../../../../shared/job/object-errors.ts';
import { uploadNameFor } from '../../../../shared/job/upload-name.ts';
import { objectOf } from '../../../../shared/worker/job-object.ts';
import { t0 } from '../../../../testkit/fakes/fixed.ts';
import { InMemoryObjectStore } from '../../../../testkit/fakes/in-memory-objects.ts';
import { anId, uploadRules } from '../../../set-ups/samples.ts';

const nameFor = (tenant: string) => uploadNameFor({ tenant, id: anId(1), now: t0 }, uploadRules);
const content = Buffer.from('key,n\n'.repeat(40_000));

function anObject(name = nameFor('a tenant')) {
  const objects = new InMemoryObjectStore([
    [nameFor('a tenant'), content],
    [nameFor('another tenant'), content],
  ]);
  const controller = new AbortController();
  return { object: objectOf(name, 'a tenant', { objects, signal: controller.signal }), controller };
}

describe('an object that a job reads', () => {
  test('has its size and its bytes, from any position on', async () => {
    const { object } = anObject();
    expect(await object.size()).toBe(content.length);
    expect((await buffer(object.stream())).equals(content)).toBe(true);
    for (const from of [1, 65_535, 65_536, content.length - 1, content.length, content.length + 7])
      expect((await buffer(object.stream({ from }))).equals(content.subarray(from))).toBe(true);
  });

  test('can be read only by its tenant, whatever the payload says', async () => {
    // On the wire, `..` would lead out of the tenant's folder.
    const own = nameFor('a tenant').split('/').slice(0, 2).join('/');
    const leadingOut = [`${own}/../../${nameFor('another tenant')}`, `${own}/../../results/x`, `${own}/./x`];
    for (const name of [nameFor('another tenant'), '../x', 'results/x', '', ...leadingOut]) {
      const { object } = anObject(name);
      await expect(object.size()).rejects.toThrow(MissingObjectError);
      await expect(buffer(object.stream())).rejects.toThrow('there is no such object');
    }
  });

  test('that is not there fails the job for good', async () => {
    const { object } = anObject(uploadNameFor({ tenant: 'a tenant', id: anId(2), now: t0 }, uploadRules));
    await expect(object.size()).rejects.toThrow(PermanentError);
    await expect(buffer(object.stream())).rejects.toThrow(PermanentError);
  });

  test('is no longer read once the signal is aborted', async () => {
    const { object, controller } = anObject();
    const reason = new Error('canceled');
    const read = async () => {
      for await (const _ of object.stream()) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await expect(object.size()).rejects.toBe(reason);
  });
});
