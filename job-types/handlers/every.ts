import { type LongDependencies, longHandlers } from './long.ts';
import { serverHandlers } from './server.ts';
import { standardHandlers } from './standard.ts';

export interface Wiring {
  readonly given: LongDependencies;
  /** Where programs are looked for, as `PATH` has it. */
  readonly searchPath: string | undefined;
}

/** The handlers of all types, for a worker server and for the process of one of its jobs. */
export const everyHandler = ({ given }: Wiring) => ({
  ...standardHandlers,
  ...longHandlers(given),
  ...serverHandlers,
});
