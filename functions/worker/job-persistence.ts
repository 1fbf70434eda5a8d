import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import type { Attempt } from './attempt.ts';

/**
 * The job's own item as its Powertools idempotency record: the record in progress is the claim, its completion the
 * outcome, its deletion the release for another attempt. One instance a delivery, since Powertools hands its
 * persistence layer neither the message nor the error, and an instance keeps its first configuration.
 */
export class JobPersistence extends BasePersistenceLayer {
  readonly #attempt: Attempt;

  constructor(attempt: Attempt) {
    super();
    this.#attempt = attempt;
  }

  /** The job id as it is: unhashed and without the function's name, as the record is the job's item. */
  override getHashedIdempotencyKey(): string {
    return this.#attempt.message.id;
  }

  protected override async _putRecord({ idempotencyKey }: IdempotencyRecord): Promise<void> {
    if (await this.#attempt.claim()) return;
    // Any other error would leave Powertools wrapped. "In progress" whatever the item is: what a refused claim
    // means is decided by us (`decide-refusal.ts`), and no earlier result is to be returned.
    throw new IdempotencyItemAlreadyExistsError(
      `the claim of job ${idempotencyKey} was refused`,
      new IdempotencyRecord({ idempotencyKey, status: IdempotencyRecordStatus.INPROGRESS }),
    );
  }

  protected override async _updateRecord(): Promise<void> {
    await this.#attempt.storeEnd();
  }

  protected override async _deleteRecord(): Promise<void> {
    await this.#attempt.storeEnd();
  }

  /** Powertools asks for a record only when `_putRecord` did not hand it one. */
  protected override async _getRecord(idempotencyKey: string): Promise<IdempotencyRecord> {
    return new IdempotencyRecord({ idempotencyKey, status: IdempotencyRecordStatus.INPROGRESS });
  }
}
