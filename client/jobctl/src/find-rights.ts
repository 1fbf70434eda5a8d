import { askApi } from './call-api.ts';
import type { Session } from './session.ts';

export interface Rights {
  readonly granted: readonly string[];
  readonly missing: readonly string[];
  /** The API has answered something else. */
  readonly unknown: readonly string[];
}

const nobody = '00000000-0000-4000-8000-000000000000';

interface Probe {
  readonly right: string;
  readonly target: string;
  readonly body?: object;
  /** The status of the answer to who has the right. */
  readonly expected: number;
}

/**
 * A call for each right that changes nothing, whoever makes it: the API looks at the right first, and then refuses what is
 * not valid, or is not there.
 */
const probes: readonly Probe[] = [
  { right: 'submit', target: 'POST /jobs', body: {}, expected: 400 },
  { right: 'read', target: `HEAD /jobs/${nobody}`, expected: 404 },
  { right: 'control', target: 'POST /jobs/actions', body: {}, expected: 400 },
  { right: 'erase', target: `DELETE /jobs/${nobody}`, expected: 404 },
  { right: 'admin', target: 'HEAD /webhook-secret', expected: 200 },
  { right: 'operate', target: 'HEAD /schedules', expected: 200 },
];

/** @returns undefined if the credential is not accepted. @throws NetworkError; the signal's reason */
export async function findRights(session: Session): Promise<Rights | undefined> {
  const answers = await Promise.all(
    probes.map(async ({ right, target, body, expected }) => {
      const { status } = await askApi(target, body, session);
      return { right, status, isGranted: status === expected };
    }),
  );
  if (answers.some(({ status }) => status === 401)) return undefined;
  const rightsOf = (chosen: typeof answers): readonly string[] => chosen.map(({ right }) => right);
  return {
    granted: rightsOf(answers.filter(({ isGranted }) => isGranted)),
    missing: rightsOf(answers.filter(({ status }) => status === 403)),
    unknown: rightsOf(answers.filter(({ status, isGranted }) => status !== 403 && !isGranted)),
  };
}
