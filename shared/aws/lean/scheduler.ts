import { randomUUID } from 'node:crypto';
import {
  type ClientSettings,
  Command,
  inPath,
  jsonOf,
  type Message,
  ServiceClient,
} from './service-client.ts';
import { ServiceError } from './service-error.ts';

/** Takes the place of `@aws-sdk/client-scheduler` in the bundles of functions: infra/packaging/lean-clients.cjs. */

/** There is a schedule of this name. */
export class ConflictException extends ServiceError {}
/** There is none. */
export class ResourceNotFoundException extends ServiceError {}

export class SchedulerClient extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        name: 'scheduler',
        variable: 'SCHEDULER',
        maxAttempts: 3,
        baseDelay: 50,
        errorCode: ({ __type, code, Code }, headers) => headers['x-amzn-errortype'] ?? code ?? Code ?? __type,
        errors: { ConflictException, ResourceNotFoundException },
      },
      settings,
    );
  }
}

/** Its path names a schedule. By its token, Scheduler knows a call that is made again. */
abstract class ScheduleCommand extends Command {
  protected readonly token: string = String(this.input.ClientToken ?? randomUUID());

  protected get path(): string {
    return `/schedules/${inPath('Name', this.input.Name)}`;
  }
}

export class CreateScheduleCommand extends ScheduleCommand {
  readonly operation = 'CreateSchedule';

  override message(): Message {
    const { Name: _inPath, ...members } = this.input;
    const body = jsonOf({ ...members, ClientToken: this.token });
    return { method: 'POST', path: this.path, headers: { 'content-type': 'application/json' }, body };
  }
}

export class DeleteScheduleCommand extends ScheduleCommand {
  readonly operation = 'DeleteSchedule';

  override message(): Message {
    const { GroupName } = this.input;
    const query = { clientToken: this.token, ...(GroupName ? { groupName: String(GroupName) } : {}) };
    return { method: 'DELETE', path: this.path, query };
  }
}
