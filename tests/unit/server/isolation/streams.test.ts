import { afterAll, expect, test } from '@jest/globals';
import type { ObjectStore } from '../../../../shared/job/object-ports.ts';
import {
  InMemoryMultipartUploads,
  InMemoryObjectStore,
} from '../../../../testkit/fakes/in-memory-objects.ts';

import { uploadedObject } from '../../../../testkit/objects.ts';
import { eventually } from '../../../integration/eventually.ts';
import { aServer, removeFolders } from './a-server.ts';

afterAll(removeFolders);

const object = uploadedObject('a large object');
const chunkBytes = 64 * 1024;

test('no more of an object is read than the job asks for, and its stream is closed when the job leaves it', async () => {
  let pulled = 0;
  let isClosed = false;
  const endless = async function* () {
    try {
      for (;;) {
        pulled += 1;
        yield new Uint8Array(chunkBytes);
      }
    } finally {
      isClosed = true;
    }
  };
  const store = new InMemoryObjectStore();
  const objects: ObjectStore = {
    size: (name) => store.size(name),
    read: endless,
    put: (one) => store.put(one),
    delete: (name) => store.delete(name),
  };
  const { item } = await aServer({ ports: { objects } }).run({ probe: 'slow reader', object });
  expect(JSON.parse(item?.result ?? '')).toBe(256 * 1024);
  expect(pulled).toBe(4);
  expect(isClosed).toBe(true);
});

test('a job writes no faster than its output is sent', async () => {
  const gates: (() => void)[] = [];
  class SlowUploads extends InMemoryMultipartUploads {
    override async putPart(part: Parameters<InMemoryMultipartUploads['putPart']>[0]) {
      await new Promise<void>((resolve) => gates.push(resolve));
      return super.putPart(part);
    }
  }
  const store = new InMemoryObjectStore();
  const server = aServer({ ports: { objects: store, multipart: new SlowUploads(store.objects, 1_000) } });
  const running = server.run({ probe: 'steady writer' });
  const written = () => server.log.lines.filter(({ message }) => message === 'written').length;
  const open = async (gate: number) =>
    (await eventually(async () => gates[gate], `part ${gate} to be sent`))();
  for (const gate of [0, 1, 2]) {
    await eventually(async () => gates.length === gate + 1 || undefined, `part ${gate} to be sent`);
    expect(written()).toBe(gate);
    await open(gate);
  }
  const { item } = await running;
  expect(item).toMatchObject({ status: 'succeeded', resultObject: { bytes: 3_000 } });
  expect(written()).toBe(3);
});
