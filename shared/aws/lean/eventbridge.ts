import { type ClientSettings, Command, type Message, ServiceClient } from './service-client.ts';

/** Takes the place of `@aws-sdk/client-eventbridge` in the bundles of functions: infra/lean-clients.cjs. */

export class EventBridgeClient extends ServiceClient {
  constructor(settings?: ClientSettings) {
    super(
      {
        ...{ name: 'events', variable: 'EVENTBRIDGE', target: 'AWSEvents' },
        maxAttempts: 3,
        baseDelay: 50,
        errorCode: ({ __type, code }, headers) => __type ?? code ?? headers['x-amzn-errortype'],
      },
      settings,
    );
  }
}

export class PutEventsCommand extends Command {
  readonly operation = 'PutEvents';

  /** Its protocol is AWS JSON 1.1, in which a time is a number of seconds. */
  override message(target: string): Message {
    const body = JSON.stringify(this.input, function (this: Record<string, unknown>, name, value) {
      const given = this[name];
      return given instanceof Date ? given.getTime() / 1000 : value;
    });
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `${target}.${this.operation}`,
    };
    return { method: 'POST', path: '/', headers, body };
  }
}
