import { maxUrlBytes } from '../../notify/webhook-url.ts';
import type { JobItem } from './item.ts';

/** The limit of DynamoDB. A job whose end does not fit could never end. */
export const maxItemBytes = 400 * 1024;

/** A body of 256 KB fits, with what the message adds to it. */
export const maxMessageBytes = 260 * 1024;
/**
 * A longer message is kept in an object, unless the bucket is out of reach. DynamoDB charges each read and write by the
 * size of the whole item, and a page of a list has a hundred of them.
 */
export const maxMessageInItem = 4 * 1024;
/** A longer state is put into an object. It is written every few seconds. */
export const maxCheckpointInItem = 22 * 1024;
/** What the steps of a job have come to is put into objects where it is longer. */
export const maxStepsInItem = 8 * 1024;
/** Of the answers that were sent to a job, with what it waits for. Of answers alone: the rest is for waits. */
export const maxSignalsInItem = 16 * 1024;
export const maxAnswersInItem = 14 * 1024;
/** A longer answer is put into an object, and so is any other where these have more bytes together. */
export const maxAnswerInItem = 4 * 1024;
export const maxInlineAnswers = 8 * 1024;
/** How many answers are kept that came before their wait. */
export const maxEarlyAnswers = 10;
/** A longer result is put into an object. An item that has a result has no message. */
export const maxResultInItem = 32 * 1024;

/** Of the last lines of an attempt, which ride with each heartbeat. */
export const maxLogTail = 8 * 1024;
/**
 * What is left of them once the attempt has failed; and where it has not, but on the queue `standard`, whose jobs are
 * many.
 */
export const maxLogTailOfFailure = 4 * 1024;
export const maxLogTailElse = 1024;
/** Of one of these lines. */
export const maxLogLine = 2 * 1024;

/** Beside it, see `historyWith`. */
export const maxHistoryEntries = 240;
/** Of an error in the history. */
export const maxHistoryErrorBytes = 200;
/** Of the name of who has canceled, retried or erased a job. That of a role fits. */
export const maxActorBytes = 72;
/** How many others one job wakes. More may wait for it: admission checks them again from time to time. */
export const maxDependents = 500;

// Characters as JavaScript counts them, each of up to three bytes.
export const maxErrorName = 100;
export const maxErrorMessage = 2_000;
export const maxProgressMessage = 200;
export const maxGroup = 128;
export const maxTag = 64;
export const maxTags = 10;
export const maxDependencies = 50;
export const maxTargets = 5;
/** How many batches of children one job spawns. */
export const maxBatches = 100;

const idBytes = 36 + 1;

/** The same of all other attributes together: ids, times and numbers. */
export const otherItemBytes = 1_500;

/**
 * What the attributes of an item take at most, in bytes, with their names: in all no more than `maxItemBytes`. A
 * function, so that no bundle has it.
 */
export const itemBudget = () =>
  ({
    // Or twice one that is kept from its submission on: of at most 4 KB.
    message: maxMessageBytes + 7,
    checkpoint: maxCheckpointInItem + 10,
    // With the names of up to 32 objects of 256 KB.
    steps: maxStepsInItem + 32 * 40 + 60,
    signals: maxSignalsInItem + 7,
    // A worker that died leaves all of them.
    logTail: maxLogTail + 7,
    // Each second entry may be that of an error.
    history: (maxHistoryEntries / 2) * (90 + maxHistoryErrorBytes),
    dependents: maxDependents * idBytes + 20,
    dependsOn: maxDependencies * idBytes + 20,
    batches: maxBatches * idBytes + 20,
    // Or, of a child, which tells nobody but its parent: the groups of its ancestors, which are part of `parent`.
    notify: maxTargets * (maxUrlBytes + 10),
    notification: maxTargets * 120,
    // Or, while the job waits for children, `awaits`: up to all of its batches.
    error: 3 * (maxErrorName + maxErrorMessage) + 30,
    tags: maxTags * (3 * maxTag + 1) + 10,
    group: 3 * maxGroup + 5,
    canceledBy: maxActorBytes + 10,
    retriedBy: maxActorBytes + 9,
    progress: 3 * maxProgressMessage + 40,
    // 5 GB in parts of 8 MB.
    output: 640 * 5 + 700,
    // Amazon gives no maximum. Those that were seen have some hundred characters.
    receiptHandle: 1_024 + 13,
  }) as const satisfies { readonly [Name in keyof JobItem]?: number };
