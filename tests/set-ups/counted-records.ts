import type { Answer, RecordUpdate } from '../../shared/domain/base/records.ts';
import { InMemoryRecords } from '../../testkit/fakes/in-memory-records.ts';

/** A table in memory that counts its calls. */
export class CountedRecords extends InMemoryRecords {
  readonly calls = { reads: 0, writes: 0, inVain: 0 };

  override read(id: string, name: string) {
    this.calls.reads += 1;
    return super.read(id, name);
  }

  override async write(id: string, write: RecordUpdate): Promise<Answer> {
    this.calls.writes += 1;
    const answer = await super.write(id, write);
    if (!answer.held) this.calls.inVain += 1;
    return answer;
  }
}
