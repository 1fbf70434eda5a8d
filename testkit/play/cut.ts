import type { JobContract } from '../../shared/author/contract.ts';

/** How long a call takes. `slow`: so long that every state is stored, and a job has many slices. */
export const paces = ['quick', 'slow'] as const;
export type Pace = (typeof paces)[number];

/** A call that a handler made, through its context or to an effect. */
export interface Call {
  /** From 1, in the order in which they were made. */
  readonly number: number;
  readonly what:
    | 'checkpoint'
    | 'pause'
    | 'sleep'
    | 'step'
    | 'spawn'
    | 'object'
    | 'output'
    | 'link'
    | 'effect'
    | 'inner';
  /** The effect's name, or the call's. */
  readonly name: string;
  /** Whether the handler's cancel makes it. */
  readonly inCancel?: boolean;
}

/** Whether it goes to another service: an effect, or one of the calls that an effect makes. */
export const isOutside = ({ what }: Pick<Call, 'what'>): boolean => what === 'effect' || what === 'inner';

/** Whether the slice may end in it: with children, an answer or a time. */
export const isWait = ({ what, name }: Pick<Call, 'what' | 'name'>): boolean =>
  what === 'sleep' || name === 'call';

interface CutRule {
  readonly text: string;
  readonly paces: readonly Pace[];
  readonly applies: (call: Call, contract: JobContract) => boolean;
}

const always = () => true;
/** Of a cut at a child: `Cut.at` is the child's number. */
const atNoCall = () => false;
const atSpawn = ({ what }: Call) => what === 'spawn';

/** The ways in which a job is interrupted. */
export const cutRules = {
  'crash-before': { text: 'the worker crashes before', paces, applies: always },
  'crash-after': { text: 'the worker crashes after', paces, applies: always },
  'hand-over': {
    text: 'the time of the invocation is nearly over at',
    paces: ['quick'],
    applies: (_call, { checkpoint, hasSteps }) => checkpoint !== undefined || hasSteps === true,
  },
  duplicate: {
    text: 'the worker stands still for longer than its lease, and a duplicate delivery takes over, at',
    paces,
    applies: always,
  },
  refused: {
    text: 'the service refuses',
    paces: ['quick'],
    applies: isOutside,
  },
  'lost-answer': {
    text: 'the answer is lost of',
    paces,
    applies: (call) =>
      isOutside(call) || call.what === 'checkpoint' || call.what === 'step' || call.what === 'spawn',
  },
  'crash-amid': {
    text: 'the worker crashes when it has sent the first of the children, in',
    paces: ['quick'],
    applies: atSpawn,
  },
  'children-first': {
    text: 'all children end before the job goes on, after',
    paces: ['quick'],
    applies: ({ name }) => name === 'spawn',
  },
  'early-answer': {
    text: 'the user sends all answers right before',
    paces: ['quick'],
    applies: ({ name }, { signals }) => signals !== undefined && name.startsWith('waitFor'),
  },
  cancel: { text: 'the user cancels the job during', paces: ['quick'], applies: always },
  'cancel-asleep': {
    text: 'the user cancels the job while it sleeps, after',
    paces: ['quick'],
    applies: ({ what, name }, { hasCancel }) => hasCancel === true && (what === 'sleep' || name === 'call'),
  },
  'cancel-crashed': {
    text: 'the worker crashes, and then the user cancels the job, after',
    paces: ['quick'],
    applies: (_call, { hasCancel }) => hasCancel === true,
  },
  retry: {
    text: 'the user cancels the job, and retries it later, during',
    paces,
    applies: (_call, { reserved }) => reserved === undefined,
  },
  'child-twice': { text: 'the message comes twice of', paces: ['quick'], applies: atNoCall },
  'child-uncounted': {
    text: 'the worker crashes before it counts the end of',
    paces: ['quick'],
    applies: atNoCall,
  },
  'child-counted': {
    text: 'the worker crashes when it has counted the end of',
    paces: ['quick'],
    applies: atNoCall,
  },
  'child-fails': { text: 'no attempt succeeds of', paces: ['quick'], applies: atNoCall },
  'child-canceled': {
    text: 'the user cancels',
    paces: ['quick'],
    applies: atNoCall,
  },
  'child-retried': {
    text: 'the user retries the job after the failure of',
    paces: ['quick'],
    applies: atNoCall,
  },
} as const satisfies Readonly<Record<string, CutRule>>;

export type CutKind = keyof typeof cutRules;
export const cutKinds = Object.keys(cutRules).filter((kind): kind is CutKind => kind in cutRules);

interface CutPoint {
  readonly kind: CutKind;
  /** The number of the call, or of the child. */
  readonly at: number;
}

/** One interruption of a run, and perhaps another one of the cancel that follows. */
export interface Cut extends CutPoint {
  readonly pace: Pace;
  readonly next?: CutPoint;
}

/** A cut as a word: `crash-after@3`, `crash-after@3,slow` or `cancel@3+crash-after@5`. */
export const writeCut = ({ kind, at, pace, next }: Cut): string =>
  `${kind}@${at}${next ? `+${next.kind}@${next.at}` : ''}${pace === 'quick' ? '' : `,${pace}`}`;

const form = /^([a-z-]+)@([1-9]\d*)(?:\+([a-z-]+)@([1-9]\d*))?(?:,(quick|slow))?$/;

/** @throws TypeError if the word is no cut */
export function readCut(word: string): Cut {
  const [, kind, at, nextKind, nextAt, pace] = form.exec(word) ?? [];
  const known = cutKinds.find((each) => each === kind);
  const next = cutKinds.find((each) => each === nextKind);
  if (!known || (nextKind !== undefined && !next))
    throw new TypeError(`"${word}" is no cut: it has the form crash-after@3, with ${cutKinds.join(', ')}`);
  return {
    kind: known,
    at: Number(at),
    pace: pace === 'slow' ? 'slow' : 'quick',
    ...(next ? { next: { kind: next, at: Number(nextAt) } } : {}),
  };
}

/** Every cut of a run with these calls. */
export const cutsOf = (calls: readonly Call[], pace: Pace, contract: JobContract): readonly Cut[] =>
  calls.flatMap((call) =>
    cutKinds
      .map((kind): { kind: CutKind; rule: CutRule } => ({ kind, rule: cutRules[kind] }))
      .filter(({ rule }) => rule.paces.includes(pace) && rule.applies(call, contract))
      .map(({ kind }) => ({ kind, at: call.number, pace })),
  );

const inCancel: readonly CutKind[] = ['crash-before', 'crash-after', 'refused', 'lost-answer'];

/** Every cut of the cancel of a run that was cut, by the calls that the cancel has made. */
export const cutsOfCancel = (cut: Cut, calls: readonly Call[]): readonly Cut[] =>
  calls
    .filter((call) => call.inCancel)
    .flatMap(({ number }) => inCancel.map((kind) => ({ ...cut, next: { kind, at: number } })));
