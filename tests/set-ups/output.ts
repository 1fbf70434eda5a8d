import type { SavedOutput } from '../../shared/job/stored-object.ts';
import { OutputStream } from '../../shared/worker/output-stream.ts';
import { restoredOutput } from '../../shared/worker/restored-output.ts';
import { storeState } from '../../shared/worker/saved-states.ts';
import { fixedRandom } from '../../testkit/fakes/fixed.ts';
import { InMemoryMultipartUploads, InMemoryObjectStore } from '../../testkit/fakes/in-memory-objects.ts';
import { aRunningItem } from './samples.ts';

export const partBytes = 10;

/** A bucket with parts of ten bytes, and the outputs of claims of one job. */
export function aBucket() {
  const objects = new InMemoryObjectStore();
  const multipart = new InMemoryMultipartUploads(objects.objects, partBytes);
  const deps = { objects, multipart, random: fixedRandom() };
  const claimed = (fencingToken: number) => {
    const output = new OutputStream(aRunningItem({ fencingToken }), deps);
    output.open('text/plain');
    return output;
  };
  const saving = async (output: OutputStream) => {
    const { output: saved } = await storeState(
      aRunningItem(),
      { text: '1', output: output.snapshot() },
      deps,
    );
    if (!saved) throw new Error('nothing was saved');
    return saved;
  };
  const restored = async (saved: SavedOutput, fencingToken: number) => {
    const next = claimed(fencingToken);
    next.restore(await restoredOutput(saved, aRunningItem({ fencingToken }), deps));
    return next;
  };
  /** Saves what was written, and goes on with another claim. */
  const handedOver = async (output: OutputStream, fencingToken: number) =>
    restored(await saving(output), fencingToken);
  const textOf = (name = '') => Buffer.from(objects.objects.get(name) ?? []).toString('utf8');
  return { objects, multipart, claimed, saving, restored, handedOver, textOf };
}
