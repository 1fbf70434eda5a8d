import { CommandError } from '../ending.ts';
import { type JobType, ProblemError } from '../library.ts';
import type { Session } from '../system/session.ts';

/**
 * What the system says of a job type. @throws CommandError if there is none of this name; ProblemError, NetworkError
 */
export async function findType(name: string, { call }: Pick<Session, 'call'>): Promise<JobType> {
  return call<JobType>(`GET /job-types/${encodeURIComponent(name)}`).catch((error: unknown) => {
    if (!(error instanceof ProblemError && error.status === 404 && error.type !== 'about:blank')) throw error;
    throw new CommandError(
      'notFound',
      `There is no job type "${name}". \`jobctl types\` shows which there are.`,
    );
  });
}
