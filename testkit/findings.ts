/** What the kit finds, and what to do about it. The key is the name that a report has. */
export const remedies = {
  'fails undisturbed': "the job must succeed undisturbed. If it is to fail, say so: endsAs: 'failed'",
  'effect never happens':
    "choose a payload, or other signals, that lead to every declared effect; otherwise the cuts prove nothing about it. If this end needs none: allow: ['effect never happens']",
  'forgotten await': 'await every call: what is left running stops, or runs beside the next attempt',
  'time read': 'use job.now(), and save what the job must not change its mind about',
  'randomness read': 'use job.uuid(), and save it before it is used',
  'timer outside the context': 'use job.pause() or job.sleep(): they end when the job is canceled',
  'state changed while it was saved': 'await the checkpoint before the state is changed',
  'state that JSON changes': 'keep only what JSON and the schema keep: a date as text, a map as a list',
  'state that does not fit its schema': 'the schema must accept every state, and the state as it was stored',
  'state too large': 'keep it elsewhere, and where as the state',
  'result that JSON changes': 'return only what JSON and the schema keep',
  'event loop blocked': 'await job.pause(0) from time to time: a blocked worker loses its job',
  'work after the end':
    'Promise.all ends at the first error and leaves the rest running: use Promise.allSettled, end loops at the first error, then throw it',
  'work cut by a wait':
    'await it before the wait, or do it in a step: what else runs when a wait ends the slice is cut there, as in a crash',
  'progress out of range': 'progress is a percentage, from 0 to 100',
  'progress backwards': 'compute the progress from the saved state',
  'swallowed signal': 'do not catch what a call of the context throws, or throw it again',
  'work after the signal': 'pass job.signal on, as to fetch, or call job.signal.throwIfAborted() before',
  'signal not passed on':
    'pass job.signal on in the request; to a service that takes none, call job.signal.throwIfAborted() right before',
  'effect repeated':
    'what was done since the last stored state is done again: give the effect a key that is the same each time, or look first whether it has happened',
  'effect missing': 'save the state after the effect, not before it',
  'effect not idempotent':
    'the key and the request must be the same in every attempt, and each item needs a key of its own: take them from payload, id, state and the item',
  'unexpected effect': 'what is done must depend on payload and state alone',
  'payload of a child changes':
    'a payload must be the same in every start of the handler: take it from the index, the payload and the result of a step',
  'children change':
    'the number of children and their type must be the same in every start of the handler: a step keeps what they depend on',
  'other children':
    'which children there are must depend on the payload, on steps and on what other children have come to, and on nothing else',
  'children missing': 'spawn the same children in every start of the handler, before it ends',
  'children not waited for':
    "wait for each batch by settled(), succeeded(), results() or waitFor; or say what becomes of it with the job: whenParentEnds: 'leave', or 'cancel' if it is meant to end with the job",
  'attempts in vain':
    'another attempt finds the same children: throw a PermanentError, or leave the ChildrenFailedError of succeeded() as it is',
  'module state or randomness':
    'keep nothing in a variable of the module, and take nothing there that differs from process to process, such as a time: the next slice may run in another process. And use no randomness but job.uuid()',
  'result depends on attempts':
    'attempt and fencingToken differ from run to run: use them for logs and fencing only',
  'state changed after it was saved': 'save the state when the step that it tells of is done',
  'swallowed error': 'an error of a call must not be taken for its success',
  'wrong result': 'the state must hold all that the rest of the job needs',
  'wrong output': 'the state must say exactly what was written to the output before it was saved',
  'wrong outside':
    'what the job does elsewhere must be there once when it has ended: save the state after it, and write under a key of the job. What it has started must end with it: look for it before it is started again, and cancel it with the job',
  'wrong end':
    'another attempt finds what the one before has done, such as a row, a lock or a file, and must be able to go on from that, and from every state that it saved',
  'never ends': 'the handler waits for something that never comes',
} as const satisfies Readonly<Record<string, string>>;

export type FindingKind = keyof typeof remedies;

/** A fault in a job. */
export interface Finding {
  readonly kind: FindingKind;
  readonly detail: string;
}
