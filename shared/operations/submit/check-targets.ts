import { type Contracts, contractOf } from '../../author/contract.ts';
import { InvalidRequestError, JobTypeNotSetUpError, type Violation } from '../../domain/base/errors.ts';
import { mayMail } from '../../domain/notify/mail-rules.ts';
import type { NotifyTarget } from '../../domain/notify/notification.ts';
import { mailAddressesIn, type StageSetup } from '../../domain/notify/stage-setup.ts';
import { webhookUrlProblem } from '../../domain/notify/webhook-url.ts';

interface SetUp {
  readonly contracts: Contracts;
  readonly setup: Pick<StageSetup, 'given'>;
}

/** The stage parameters that jobs of a type need, and that the stage has not set. */
export function missingSetUp(
  { type }: { readonly type: string },
  { contracts, setup }: SetUp,
): readonly string[] {
  const contract = contractOf(contracts, type);
  // Without a server nobody would ever receive its message.
  const ofQueue = contract?.queue === 'server' ? ['servers'] : [];
  return [...ofQueue, ...(contract?.needs ?? [])].filter((name) => !setup.given.has(name));
}

/**
 * Checks that the stage has what jobs of a type need.
 * @throws JobTypeNotSetUpError that names the parameters that are not set
 */
export function requireSetUp(submission: { readonly type: string }, deps: SetUp): void {
  const missing = missingSetUp(submission, deps);
  if (missing.length === 0) return;
  throw new JobTypeNotSetUpError(
    `The stage is not set up for jobs of the type ${submission.type}: it has no ${missing.join(', ')}.`,
  );
}

interface Targeted {
  readonly tenant: string;
  readonly notify?: readonly NotifyTarget[] | undefined;
}

/**
 * Checks whom a submission asks to tell of the job's end, as far as the stage can tell. Only who asks for mail costs a
 * read.
 * @returns the targets, each once: those of the stage if the submission says nothing
 * @throws InvalidRequestError with a violation for each that cannot be; StoreUnavailableError
 */
export async function requireTargets(
  { tenant, notify }: Targeted,
  setup: StageSetup,
): Promise<readonly NotifyTarget[]> {
  if (notify === undefined) return setup.notify;
  const asksForMail = setup.given.has('mailFrom') && notify.some((target) => 'email' in target);
  const places = asksForMail ? await setup.mailPlacesOf(tenant) : [];
  const violations = violationsOfTargets(notify, { ...setup, places }).map(
    ({ index, name, detail }): Violation => ({ pointer: `/notify/${index}/${name}`, detail }),
  );
  if (violations.length > 0)
    throw new InvalidRequestError('Not everybody can be told of the end of the job.', violations);
  return [...new Map(notify.map((target) => [JSON.stringify(target), target])).values()];
}

interface TargetRules extends Pick<StageSetup, 'given' | 'allowedHosts' | 'notify'> {
  /** To where the tenant may send mail. To whom the stage tells of every job, every tenant may. */
  readonly places: readonly string[];
}

/** What is wrong with targets: each with its place, the name of the field, and a sentence without a subject. */
export const violationsOfTargets = (
  targets: readonly NotifyTarget[],
  setup: TargetRules,
): readonly { readonly index: number; readonly name: string; readonly detail: string }[] =>
  targets.flatMap((target, index) => {
    const [name, detail] = problemOf(target, setup);
    return detail === undefined ? [] : [{ index, name, detail }];
  });

function problemOf(
  target: NotifyTarget,
  { given, allowedHosts, notify, places }: TargetRules,
): readonly [name: string, problem: string | undefined] {
  if ('url' in target) return ['url', webhookUrlProblem(target.url, allowedHosts)];
  if ('email' in target) {
    const isAllowed = given.has('mailFrom') && mayMail(target.email, [...places, ...mailAddressesIn(notify)]);
    return ['email', isAllowed ? undefined : 'is no address that the stage sends mail to for you'];
  }
  return ['event', given.has('eventBus') ? undefined : 'the stage has no event bus'];
}
