import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Known, Mutant } from '../mutant.ts';
import type { GeneratedMutant } from './generated-mutant.ts';

/** Mutants of what becomes of a message: it is returned instead of deleted, or the other way round. */

const answering = (
  why: string,
  change: (failed: Set<string>, messageId: string) => void,
): Pick<Mutant, 'answer'> => ({
  answer: ({ batchItemFailures }: SQSBatchResponse, { Records }: SQSEvent, { whys }: Known) => {
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId } of Records) if (whys.get(messageId) === why) change(failed, messageId);
    return { batchItemFailures: [...failed].map((itemIdentifier) => ({ itemIdentifier })) };
  },
});

/** Every reason that the code gives is met in one scenario or another, and noted. */
export function dispositionMutants(noted: Iterable<string>): readonly GeneratedMutant[] {
  return [...noted]
    .filter((what) => /^(deleted|returned): /.test(what))
    .map((what): GeneratedMutant => {
      const [, kind = '', why = ''] = /^(\w+): (.*)$/.exec(what) ?? [];
      const isDeleted = kind === 'deleted';
      return {
        name: `"${why}": ${isDeleted ? 'returned' : 'deleted'}, not ${kind}`,
        family: 'disposition',
        meets: { noted: what },
        ...answering(why, (failed, messageId) =>
          isDeleted ? failed.add(messageId) : failed.delete(messageId),
        ),
      };
    });
}

/** Notes why each message is deleted or returned. */
export const noteDispositions = (note: (what: string) => void): Pick<Mutant, 'answer'> => ({
  answer: (answer, { Records }, { whys }) => {
    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId } of Records) {
      const why = whys.get(messageId);
      if (why !== undefined) note(`${failed.has(messageId) ? 'returned' : 'deleted'}: ${why}`);
    }
    return answer;
  },
});
