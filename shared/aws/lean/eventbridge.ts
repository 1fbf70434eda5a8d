import { type ClientSettings, Command, ServiceClient } from './service-client.ts';

/** Takes the place of `@aws-sdk/client-eventbridge` in the bundles of functions: infra/packaging/lean-clients.cjs. */

export class EventBridgeClient extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        name: 'events',
        variable: 'EVENTBRIDGE',
        target: 'AWSEvents',
        maxAttempts: 3,
        baseDelay: 50,
        errorCode: ({ __type, code, Code }, headers) => __type ?? code ?? Code ?? headers['x-amzn-errortype'],
      },
      settings,
    );
  }
}

export class PutEventsCommand extends Command {
  readonly operation = 'PutEvents';

  protected override readonly jsonVersion = '1.1';

  /** In this protocol a time is a number of seconds. */
  protected override body(): string {
    return JSON.stringify(this.input, function (this: Record<string, unknown>, name, value) {
      const given = this[name];
      return given instanceof Date ? given.getTime() / 1000 : value;
    });
  }
}
