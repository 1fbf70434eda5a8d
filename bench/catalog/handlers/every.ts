import type { Wiring } from '../../../job-types/handlers/every.ts';
import { longHandlers } from './long.ts';
import { serverHandlers } from './server.ts';
import { standardHandlers } from './standard.ts';

export const everyHandler = ({ given }: Wiring) => ({
  ...standardHandlers,
  ...longHandlers(given),
  ...serverHandlers,
});
