import {
  jobStatuses,
  type Origin,
  type Requirement,
  type Transition,
  type TransitionName,
  transitions,
} from '../../../shared/domain/state/job/transitions.ts';
import type { Attribute, Condition, Test } from '../../../shared/domain/state/writes/condition.ts';
import type { JobWrite } from '../../../shared/domain/state/writes/job-write.ts';
import { holds } from '../../../testkit/fakes/in-memory-records.ts';
import type { GeneratedMutant } from './generated-mutant.ts';

/** Mutants of the table of transitions: of what a write must find, or else it is refused. */

const names = Object.keys(transitions) as TransitionName[];
const rowOf = (name: TransitionName): Transition => transitions[name];

/** The attributes that a requirement tests. */
const attributesOf: Readonly<Record<Requirement, readonly Attribute[]>> = {
  sameRequest: ['fingerprint', 'run', 'version'],
  fencingToken: ['fencingToken'],
  due: ['notBefore', 'runAt'],
  attemptsLeft: ['attempt'],
  attemptsSpent: ['attempt'],
  notCanceling: ['cancelRequested'],
  canceling: ['cancelRequested'],
  noSavedMessage: ['message'],
  roomForDependents: ['dependents'],
  leaseNotShortened: ['leaseUntil'],
  inTime: ['mayStartLate'],
  late: ['mayStartLate'],
  unchanged: ['updatedAt'],
  sameMessageObject: ['messageObject'],
  sameEnd: ['finishedAt'],
  sameNotification: ['notification'],
  sameLook: ['lookAt'],
  sameProof: ['seenAt'],
  sameSignals: ['signals'],
  sameTime: ['notBefore'],
  sameStamp: ['stamp'],
  noStray: ['left'],
};

const expired: readonly Attribute[] = ['leaseUntil', 'inCompany'];
const isOfOrigin = (origin: Origin, { attribute }: Test): boolean =>
  attribute === (origin === 'absent' ? 'id' : 'status') ||
  (origin.startsWith('expired') && expired.includes(attribute));

/** The tests of one alternative that are not there for its origin. */
const required = (origin: Origin, tests: readonly Test[]) =>
  tests.filter((test) => !isOfOrigin(origin, test));

function originTests(origin: Origin, now: number): readonly Test[] {
  if (origin === 'absent') return [{ attribute: 'id', absent: true }];
  if (!origin.startsWith('expired')) return [{ attribute: 'status', equals: origin }];
  const lease: Test[] = [
    { attribute: 'status', equals: 'running' },
    { attribute: 'leaseUntil', atMost: now },
  ];
  if (origin === 'expired') return lease;
  const company: Test =
    origin === 'expiredAlone'
      ? { attribute: 'inCompany', absent: true }
      : { attribute: 'inCompany', equals: true };
  return [...lease, company];
}

/** A claim that comes too late may not create the item: then the first alternative, `absent`, is not there. */
const shiftOf = (from: readonly Origin[], condition: Condition): number => from.length - condition.length;

interface Change {
  readonly name: string;
  readonly transition: TransitionName;
  readonly change: (condition: Condition, now: number) => Condition;
}

const mutantOf = ({ name, transition, change }: Change): GeneratedMutant => {
  const changed = (write: JobWrite): JobWrite =>
    write.transition === transition
      ? { ...write, condition: change(write.condition, write.set.updatedAt ?? 0) }
      : write;
  return {
    name,
    family: 'condition',
    write: changed,
    meets: {
      transition,
      differs: (write, before) => holds(write.condition, before) !== holds(changed(write).condition, before),
    },
  };
};

const withoutRequirement = names.flatMap((transition) =>
  rowOf(transition).requires.map((dropped): Change => {
    const { from } = rowOf(transition);
    const attributes = attributesOf[dropped];
    return {
      name: `${transition} does not require ${dropped}`,
      transition,
      change: (condition) =>
        condition.map((tests, alternative) => {
          const origin = from[alternative + shiftOf(from, condition)] ?? 'absent';
          return tests.filter(
            (test) => isOfOrigin(origin, test) || !attributes.includes(test.attribute) || origin === 'absent',
          );
        }),
    };
  }),
);

/** An expired lease is a `running`, alone or in company. */
const includes = (from: readonly Origin[], origin: Origin): boolean =>
  from.includes(origin) ||
  (origin.startsWith('expired') && (from.includes('running') || from.includes('expired')));

const origins: readonly Origin[] = [...jobStatuses, 'expired', 'expiredAlone', 'expiredWithOthers'];

/** No transition is given `absent`: such a write has no whole item. */
const withOrigin = names.flatMap((transition) => {
  const { from } = rowOf(transition);
  return origins
    .filter((origin) => !includes(from, origin))
    .map(
      (origin): Change => ({
        name: `${transition} also starts from ${origin}`,
        transition,
        change: (condition, now) => {
          const known = from.find((one) => one !== 'absent');
          const requires =
            known === undefined
              ? []
              : required(known, condition[from.indexOf(known) - shiftOf(from, condition)] ?? []);
          return [...condition, [...originTests(origin, now), ...requires]];
        },
      }),
    );
});

const withoutOrigin = names.flatMap((transition) =>
  rowOf(transition).from.map(
    (dropped, at): Change => ({
      name: `${transition} does not start from ${dropped}`,
      transition,
      change: (condition) =>
        condition.filter((tests, alternative) =>
          // Of who has found no item, it is the only one.
          tests.some(({ attribute }) => attribute === 'id')
            ? dropped !== 'absent'
            : alternative + shiftOf(rowOf(transition).from, condition) !== at,
        ),
    }),
  ),
);

export const conditionMutants: readonly GeneratedMutant[] = [
  ...withoutRequirement,
  ...withOrigin,
  ...withoutOrigin,
].map(mutantOf);
