import { bulkAction, type JobActions } from '../../job-types/bulk-action/handler.ts';
import { longHandlers } from '../job-types/handlers/long.ts';
import { serverHandlers } from '../job-types/handlers/server.ts';
import { standardHandlers } from '../job-types/handlers/standard.ts';
import { aDoor } from './tenant-door.ts';

const noActions: JobActions = {
  list: () => Promise.reject(new Error('this test expects no bulk action')),
  act: () => Promise.reject(new Error('this test expects no bulk action')),
};

const noMail = {
  mailer: {
    send: () => Promise.reject(new Error('this test expects no mail')),
    isSuppressed: () => Promise.reject(new Error('this test expects no mail')),
  },
  placesOf: async () => [],
  door: aDoor().door,
};

const noObjects = {
  read: () => {
    throw new Error('this test expects no object');
  },
};

/** The handlers of all job types. */
export const handlers = {
  ...standardHandlers,
  ...longHandlers({
    mailing: noMail,
    environment: {},
    objects: noObjects,
  }),
  ...serverHandlers,
  'bulk-action': bulkAction(noActions),
};
export type AllHandlers = typeof handlers;
