import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { asError } from '../shared/domain/base/errors.ts';
import type { Clock } from '../shared/domain/base/ports.ts';
import type { Illness } from './server-condition.ts';

/** By more than this the clock of a server is wrong. */
export const maxOffMs = 2_000;
/** A `Date` has whole seconds. */
const resolutionMs = 1_000;
/** Whom AWS does not know, or does not let do it. A call that is throttled may have the same status. */
const refusals =
  /^(AccessDenied|CredentialsProviderError|ExpiredToken|IncompleteSignature|InvalidAccessKeyId|InvalidClientTokenId|InvalidSecurity|InvalidSignature|MissingAuthenticationToken|NotAuthorized|SignatureDoesNotMatch|UnrecognizedClient)/;

/** When a call was sent and answered, by this server's clock. */
interface Times {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/**
 * By how much a clock is ahead of that of the answer; negative if it is behind. A call may take its time, and a process
 * may stand still: only what the call's own time does not explain is known. 0 if nothing is.
 */
export function offMs(date: string | undefined, { sentAt, answeredAt }: Times): number {
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return 0;
  if (theirs > answeredAt) return answeredAt - theirs;
  return Math.max(0, sentAt - theirs - resolutionMs);
}

/** Hears from the answers of AWS whether this server's clock is right, and whether its calls are refused. */
export class AnswerWatch {
  readonly #clock: Pick<Clock, 'now'>;
  #offMs = 0;
  /** Called with what is wrong. */
  onTrouble: (of: Illness, why: string) => void = () => {};

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Listens to all calls of a client. @returns the client */
  on<Client extends SQSClient | DynamoDBClient>(client: Client): Client {
    const { middlewareStack }: SQSClient | DynamoDBClient = client;
    const listening: Parameters<SQSClient['middlewareStack']['use']>[0] = {
      applyToStack: (stack) => {
        stack.add(
          (next) => async (args) => {
            const sentAt = this.#clock.now();
            try {
              const result = await next(args);
              this.#hear(result.response, sentAt);
              return result;
            } catch (thrown) {
              this.#hear(Object(thrown).$response, sentAt);
              throw thrown;
            }
          },
          // Each try of a call is one.
          { step: 'deserialize', priority: 'high', name: 'hearDate' },
        );
        stack.add(
          (next) => async (args) => {
            try {
              return await next(args);
            } catch (thrown) {
              const { name, message } = asError(thrown);
              if (refusals.test(name)) this.onTrouble('calls', `${name}: ${message}`);
              throw thrown;
            }
          },
          { step: 'initialize', name: 'hearRefusals' },
        );
      },
    };
    middlewareStack.use(listening);
    return client;
  }

  #hear(response: unknown, sentAt: number): void {
    const date: unknown = Object(Object(response).headers).date;
    if (typeof date !== 'string') return;
    this.#offMs = offMs(date, { sentAt, answeredAt: this.#clock.now() });
    const why = this.#whyWrong();
    if (why !== undefined) this.onTrouble('clock', why);
  }

  /** Looks at the last answer. @throws Error if the clock was wrong */
  async probeClock(): Promise<void> {
    const why = this.#whyWrong();
    if (why !== undefined) throw new Error(why);
  }

  #whyWrong(): string | undefined {
    const off = this.#offMs;
    if (Math.abs(off) <= maxOffMs) return undefined;
    return `the clock is ${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? 'ahead of' : 'behind'} that of AWS`;
  }
}
