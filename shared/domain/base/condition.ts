/** The name of an attribute, or the way to one in a map. */
export type Path = string | readonly string[];

/** What is asked of an attribute, by the name of the test. A comparison with an absent attribute is false. */
export interface Asked<Attribute extends Path = Path> {
  readonly absent: true;
  readonly present: true;
  readonly equals: string | number | boolean;
  readonly atMost: number;
  readonly lessThan: number;
  readonly moreThan: number;
  readonly absentOrAtMost: number;
  readonly absentOrLessThan: number;
  /** The size of a set. */
  readonly absentOrSmallerThan: number;
  /** The size of a set. */
  readonly sizeAtLeast: number;
  /** The set has this member. */
  readonly contains: string;
  /** An absent set has no member. */
  readonly lacks: string;
  /** Another attribute, a number. */
  readonly below: Extract<Attribute, string>;
  readonly notBelow: Extract<Attribute, string>;
}

type TestOf<Attribute extends Path> = {
  readonly [Is in keyof Asked]: { readonly attribute: Attribute } & Pick<Asked<Attribute>, Is>;
};

/** One test of one attribute. */
export type Test<Attribute extends Path = Path, Is extends keyof Asked = keyof Asked> = TestOf<Attribute>[Is];

/** Holds if every test of at least one alternative holds. */
export type Condition = readonly (readonly Test[])[];

/** The attribute is as it was read. @param read undefined if it was not there */
export const asRead = <Attribute extends Path>(
  attribute: Attribute,
  read: string | number | undefined,
): Test<Attribute, 'absent' | 'equals'> =>
  read === undefined ? { attribute, absent: true } : { attribute, equals: read };

/** Holds if all of these do. */
export const every = (...conditions: readonly Condition[]): Condition =>
  conditions.reduce((all, next) => all.flatMap((tests) => next.map((more) => [...tests, ...more])), [[]]);

const isQuestion = (key: string): key is keyof Asked => key !== 'attribute';

/** What a test asks, and with what it compares. @throws TypeError if it asks nothing: a write must never go out unguarded */
export function questionOf(test: Test): readonly [is: keyof Asked, than: string | number | boolean] {
  const asked: Partial<Asked> = test;
  for (const is in test) {
    const than = isQuestion(is) ? asked[is] : undefined;
    if (isQuestion(is) && than !== undefined) return [is, than];
  }
  throw new TypeError(`a test of ${test.attribute} asks nothing`);
}
