import { longHandlers } from '../../job-types/handlers/long.ts';
import { standardHandlers } from '../../job-types/handlers/standard.ts';

/** The handlers of all job types. */
export const handlers = { ...standardHandlers, ...longHandlers };
export type AllHandlers = typeof handlers;
