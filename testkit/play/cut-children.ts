import type { Call, Cut, CutKind } from './cut.ts';

/** Whether it happens to a child, and not at a call. */
export const isOfChild = ({ kind }: Pick<Cut, 'kind'>): boolean => kind.startsWith('child-');
/** Whether the job may come to something else by it. */
export const changesOutcome = ({ kind }: Pick<Cut, 'kind'>): boolean =>
  kind === 'child-fails' || kind === 'child-canceled';

/** What happens to each of them in turn. */
const endings: readonly CutKind[] = ['child-fails', 'child-canceled'];
/** What happens to the first and the last of them: to all others it would happen in the same way. */
const others: readonly CutKind[] = ['child-twice', 'child-uncounted', 'child-counted', 'child-retried'];

/** Of more children, as many take their turn, evenly spread, the first and the last among them. */
const maxInTurn = 6;

/** The cuts of a run that asks for so many children. */
export function cutsOfChildren(count: number): readonly Cut[] {
  const turns = Math.min(count, maxInTurn);
  const spread = (turn: number) => 1 + Math.round((turn * (count - 1)) / Math.max(1, turns - 1));
  const inTurn = Array.from({ length: turns }, (_, turn) => spread(turn));
  const ends = new Set([...inTurn.slice(0, 1), ...inTurn.slice(-1)]);
  const cut = (kind: CutKind, at: number): Cut => ({ kind, at, pace: 'quick' });
  return [
    ...others.flatMap((kind) => [...ends].map((at) => cut(kind, at))),
    ...endings.flatMap((kind) => inTurn.map((at) => cut(kind, at))),
  ];
}

/** So many calls are cut in a run in which a child does not succeed. */
const maxNext = 20;

/** What is cut in a run in which the first child fails: each call of the handler that finds that, and a few before. */
export const cutsAfterFailure = (cut: Cut, calls: readonly Call[]): readonly Cut[] =>
  cut.kind === 'child-fails' && cut.at === 1
    ? calls.slice(-maxNext).map(({ number }) => ({ ...cut, next: { kind: 'crash-after', at: number } }))
    : [];
