import { everyHandler } from '#job-types/handlers/every.ts';
import { bulkAction } from '../../job-types/bulk-action/handler.ts';
import type { Handlers } from '../../shared/author/handler.ts';
import { sesMailer } from '../../shared/aws/mailer.ts';
import { anyAddress } from '../../shared/domain/notify/mail-rules.ts';
import type { ObjectStore } from '../../shared/domain/objects/object-ports.ts';
import type { Fence } from './fence.ts';

interface Given {
  readonly fence: Fence;
  readonly objects: ObjectStore;
}

/** The handlers of all types, with adapters that reach nothing. */
export function replayHandlers({ fence, objects }: Given): Handlers {
  const given = {
    // Whether the stage sends mail to the address was checked when the job was submitted, and only the stage knows.
    // It also counts them.
    mailing: {
      mailer: sesMailer({ from: 'replay@replay.example' }),
      placesOf: async () => [anyAddress],
      door: { letIn: async ({ wanted }: { readonly wanted: number }) => ({ taken: wanted }) },
    },
    ...{ environment: process.env, objects },
  };
  return {
    ...everyHandler({ given, searchPath: process.env.PATH }),
    'bulk-action': bulkAction({
      list: async () => {
        throw fence.refuse('the jobs of the stage were not listed');
      },
      act: async () => {
        throw fence.refuse('the action on a job of the stage was not made');
      },
    }),
  };
}
