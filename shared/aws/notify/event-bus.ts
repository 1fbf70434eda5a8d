import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { asError, EventNotTakenError } from '../../domain/base/errors.ts';
import type { EventBus } from '../../domain/notify/ports.ts';
import { clientSettings } from '../clients/clients.ts';

/** Apart from the other clients: only one function needs it. */
export const eventBridgeClient = (): EventBridgeClient => new EventBridgeClient(clientSettings);

/** A bus of EventBridge behind the `EventBus` port. */
export const eventBridgeBus = (client: EventBridgeClient, busName: string): EventBus => ({
  async put({ source, detailType, time, detail }) {
    const entry = {
      EventBusName: busName,
      Source: source,
      DetailType: detailType,
      Time: new Date(time),
      Detail: JSON.stringify(detail),
    };
    const { FailedEntryCount = 0, Entries = [] } = await client
      .send(new PutEventsCommand({ Entries: [entry] }))
      .catch((cause: unknown) => {
        throw new EventNotTakenError(`EventBridge: ${asError(cause).name}`, { cause });
      });
    // A request that is answered with 200 may have failed all the same.
    if (FailedEntryCount > 0)
      throw new EventNotTakenError(`EventBridge: ${Entries[0]?.ErrorCode ?? 'unknown'}`);
  },
});
