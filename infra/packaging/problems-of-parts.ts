import type { Contracts } from '../../shared/author/contract.ts';

const maxAnswerSeconds = 600;

/** A part as JavaScript, or a cast, may have written it: the compiler refuses most of what is wrong. */
interface Part {
  readonly key: unknown;
  readonly burst?: number | undefined;
  readonly spacing?: string | undefined;
  readonly answerWithinSeconds?: number | undefined;
}

/**
 * What is wrong with the strict parts of types. It is looked for before a start and before packaging, and in no bundle.
 */
export function problemsOfParts(contracts: Contracts): readonly string[] {
  const types = Object.entries(contracts);
  const problems = types.flatMap(([type, { limits = [], partLimits = {} }]) => {
    const parts = Object.entries(partLimits).flatMap(([name, part]) =>
      problemsOfPart(part).map((problem) => `its part ${name}: ${problem}`),
    );
    const starts = limits.some((limit) => 'spacing' in limit) ? [ofStarts] : [];
    return [...starts, ...parts].map((problem) => `the contract of ${type}: ${problem}`);
  });
  return [...problems, ...mixedKeys(types.flatMap(([, { partLimits = {} }]) => Object.values(partLimits)))];
}

const ofStarts =
  "spacing: 'strict' is for partLimits. An attempt has no one answer that the next start could wait for: limit the call itself, with job.limit.";

function problemsOfPart({ burst = 1, spacing, answerWithinSeconds: seconds }: Part): readonly string[] {
  if (spacing === undefined)
    return seconds === undefined ? [] : ["answerWithinSeconds is for parts with spacing: 'strict'."];
  return [
    ...(spacing === 'strict' ? [] : [`spacing is 'strict', or absent: not '${spacing}'.`]),
    ...(burst > 1 ? ['a strict part has no burst, as its calls come one after another.'] : []),
    ...(seconds === undefined || (seconds >= 1 && seconds <= maxAnswerSeconds)
      ? []
      : [`answerWithinSeconds is from 1 to ${maxAnswerSeconds}.`]),
  ];
}

/** Of keys that are texts: what a function says nobody knows before. */
function mixedKeys(parts: readonly Part[]): readonly string[] {
  const keysOf = (isStrict: boolean) =>
    new Set(parts.flatMap(({ key, spacing }) => ((spacing === 'strict') === isStrict ? [key] : [])));
  const others = keysOf(false);
  return [...keysOf(true)].flatMap((key) =>
    typeof key === 'string' && others.has(key)
      ? `the key "${key}" has strict parts and others: they do not know of each other. All parts with a key are strict, or none.`
      : [],
  );
}
