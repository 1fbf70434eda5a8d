import type { SQSEvent } from 'aws-lambda';
import { readWaitingMessage } from '../../../shared/domain/schedules/waiting-message.ts';
import type { JobMessage } from '../../../shared/domain/state/job/message.ts';
import type { Mutant, Ports } from '../mutant.ts';
import type { World } from '../world.ts';

export interface Receiver {
  readonly role: string;
  readonly world: World;
  /** What the instance has received, if it has received anything. */
  readonly event: SQSEvent;
}

/** Changes how an instance uses table and queues, by what it has received. */
export function received(
  change: (ports: Ports, receiver: Receiver) => Ports,
): Pick<Mutant, 'deliver' | 'ports'> {
  let last: SQSEvent = { Records: [] };
  return {
    deliver: (event) => {
      last = event;
    },
    ports: (ports, role, world) => change(ports, { role, world, event: last }),
  };
}

/** The messages that can be read, by their job's id. */
export function messagesOf({ Records }: SQSEvent): ReadonlyMap<string, JobMessage> {
  const messages = Records.flatMap(({ body }) => {
    const message = readWaitingMessage(body);
    return message instanceof Error || 'kind' in message ? [] : [message];
  });
  return new Map(messages.map((message) => [message.id, message]));
}
