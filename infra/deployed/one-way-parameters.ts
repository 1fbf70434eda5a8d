import type { StageTemplate } from './stage-template.ts';

/** A stage as it is deployed, and as it is to be. */
export interface Change {
  readonly deployed: StageTemplate;
  readonly next: StageTemplate;
}

type Named = keyof typeof variableOf;
const variableOf = {
  listShards: 'LIST_SHARDS',
  retentionDays: 'RETENTION_DAYS',
  keepChildrenDays: 'KEEP_CHILDREN_DAYS',
} as const;

/**
 * @returns the values before and after, if the parameter gets smaller. Who does not have the variable is of another
 * version
 */
function lowered({ deployed, next }: Change, name: Named): readonly [from: number, to: number] | undefined {
  const [from, to] = [deployed, next].map(({ variables }) => Number(variables[variableOf[name]]));
  return from !== undefined && to !== undefined && to < from ? [from, to] : undefined;
}

/** What would be there after the deployment, and not be shown any more. */
export function problemsOfOneWay(change: Change): readonly string[] {
  const shards = lowered(change, 'listShards');
  if (shards === undefined) return [];
  const [from, to] = shards;
  return [
    `listShards is ${to}, and the deployed stage has ${from}. The number may only grow: each tenant's list is in ${from} parts, and jobs in the other parts would be in no list. Set listShards to at least ${from}, also to go back to an older version: --param="listShards=${from}".`,
  ];
}

/** What goes earlier than it would have, first what the deployment itself makes go. */
export function noticesOfShorterLives(change: Change): readonly string[] {
  const { deployed, next } = change;
  const shorter = Object.entries(next.expiry).flatMap(([prefix, days]) => {
    const before = deployed.expiry[prefix] ?? 0;
    return days < before ? [`${prefix} after ${days} days in place of ${before}`] : [];
  });
  return [
    ...(shorter.length === 0
      ? []
      : [
          `The bucket of the stage deletes earlier: ${shorter.join(', ')}. What is in it already goes by these numbers within two days. Jobs that have ended stay in the table as long as they would have, without these objects.`,
        ]),
    ...shorterLivesOfJobs(change),
  ];
}

function shorterLivesOfJobs(change: Change): readonly string[] {
  const [own, children] = [lowered(change, 'retentionDays'), lowered(change, 'keepChildrenDays')];
  const text = (name: string, [from, to]: readonly [number, number]): string =>
    `${name} is ${to}, and was ${from}: a job that ends from now on is deleted ${to} days after its end. One that has ended goes after ${from} days, as its item says.`;
  return [
    ...(own ? [text('retentionDays', own)] : []),
    // A stage that does not set it keeps children as long as other jobs, and that is said once.
    ...(children && String(children) !== String(own) ? [text('keepChildrenDays', children)] : []),
  ];
}

/** The job types that the deployed stage has, and that it will not have. */
export const typesThatGo = ({ deployed, next }: Change): readonly string[] =>
  (deployed.jobTypes ?? []).filter((type) => next.jobTypes?.includes(type) === false);
