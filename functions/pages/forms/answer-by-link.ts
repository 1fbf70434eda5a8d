import { contractOf } from '../../../shared/author/contract.ts';
import { mask } from '../../../shared/author/secret-fields.ts';
import { actorOfLink } from '../../../shared/domain/access/signal-link.ts';
import { pathOfLink } from '../../../shared/domain/access/signal-links.ts';
import { ConflictError } from '../../../shared/domain/base/errors.ts';
import type { JobItem } from '../../../shared/domain/state/job/item.ts';
import { isTerminal } from '../../../shared/domain/state/job/transitions.ts';
import {
  type Answer,
  decisionOf,
  questionOf,
  readSavedSignals,
  type Wait,
} from '../../../shared/domain/state/stored/saved-signals.ts';
import type { Answerer } from '../../../shared/http/access/people.ts';
import { jobIdIn } from '../../../shared/http/http-function.ts';
import type { HttpRequest, HttpResponse } from '../../../shared/http/wire/http-types.ts';
import type { SignalDependencies } from '../../../shared/operations/act/signal-job.ts';
import { findGrantedJob } from '../../../shared/operations/find/find-job.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { linkHeaders, pageResponse } from '../html/layout.ts';
import { whenExactly } from '../html/words.ts';
import {
  type AnswerDependencies,
  type AnswerForm,
  answerFromForm,
  askedIn,
  showAnswerForm,
} from './answer-form.ts';
import { titleOf } from './answer-page.ts';
import { answered, sentences } from './answer-words.ts';

type ByLink = Exclude<Answerer, { readonly kind: 'caller' }>;
type Good = Extract<ByLink, { readonly kind: 'link' }>;

/**
 * Answers `GET /ui/jobs/{id}/signals/{signal}?link=`. It changes nothing: what reads mails may follow the links in
 * them.
 */
export async function showByLink(
  request: HttpRequest,
  link: ByLink,
  deps: SignalDependencies,
): Promise<HttpResponse> {
  if (link.kind === 'expired link') return expired();
  const form = await formOf(request, link, deps);
  return whyClosed(form, request, deps) ?? showAnswerForm(request, form);
}

/** Answers `POST` of the same: sends the answer, or says why it is not taken. */
export async function answerByLink(
  request: HttpRequest,
  link: ByLink,
  deps: AnswerDependencies,
): Promise<HttpResponse> {
  if (link.kind === 'expired link') return expired();
  const form = await formOf(request, link, deps);
  const actor = actorOfLink(askedIn(request, form.job).as);
  const caller = { tenant: form.job.tenant, actor };
  try {
    return await answerFromForm(request, { form, caller }, deps);
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
    const now = await formOf(request, link, deps);
    return (
      whyClosed(now, request, { ...deps, isRefused: true }) ??
      closed(notTaken, html`<p>${foreign(error.message)}</p>`, 409)
    );
  }
}

async function formOf(request: HttpRequest, { createdAt, expiresAt }: Good, deps: SignalDependencies) {
  const id = jobIdIn(request);
  const job = await findGrantedJob({ id, createdAt }, deps);
  const { name, key, about, as, link } = askedIn(request, job);
  const path = pathOfLink({ id, name, key, about, as }, link ?? '');
  const until = new Date(expiresAt).toISOString();
  const view = { path, about, until, now: deps.clock.now() };
  return { job, page: { isSignedIn: false }, uploadsTo: '', link: view } satisfies AnswerForm;
}

interface Closing extends Pick<SignalDependencies, 'clock' | 'contracts'> {
  /** The reader of the page has just sent an answer. */
  readonly isRefused?: boolean;
}

/** @returns undefined if the job takes an answer, or will */
function whyClosed(
  { job }: Pick<AnswerForm, 'job'>,
  request: HttpRequest,
  { clock, contracts, isRefused = false }: Closing,
): HttpResponse | undefined {
  const asked = askedIn(request, job);
  const over = whyWaitIsOver(job, asked, clock.now());
  if (!over) return undefined;
  const saved = readSavedSignals(job.signals);
  const { schema, about } = asked;
  const words = html`<p>${foreign(titleOf(asked, job.type))}</p>${sentences({ about, question: questionOf(saved, asked, job.run) })}`;
  const say = (title: string, text: Html, status: number) =>
    isRefused
      ? closed(notTaken, html`<p><strong>${title}</strong></p>${text}`, 409)
      : closed(title, text, status);
  if (!over.answer) return say('Too late', html`${words}${over.text}`, gone);
  const shape = contractOf(contracts, job.type)?.signals?.[asked.name];
  const { title, text } = answered(schema, shape && mask(shape, over.answer.value));
  return say(title, html`${words}${text}${over.text}`, 200);
}

interface Over {
  readonly text: Html;
  readonly answer?: Answer;
}

function whyWaitIsOver(job: JobItem, wait: Wait, now: number): Over | undefined {
  const decision = decisionOf(readSavedSignals(job.signals), wait, job.run);
  if (decision?.by === 'signal') {
    const { answer } = decision;
    const sent = whenExactly(new Date(answer.at).toISOString(), now);
    const text = html`<p>The answer was sent ${sent}. It cannot be changed, and no other one is taken.</p>`;
    return { text, answer };
  }
  if (decision) return { text: html`<p>The job waits for this answer no longer.</p>` };
  if (isTerminal(job.status)) return { text: html`<p>The job has ended, and takes no answer any more.</p>` };
  return undefined;
}

/** Nothing is read for such a link, nor shown. The job that asked has gone on, or has made another link. */
const expired = (): HttpResponse =>
  closed(
    'This link is not valid any more',
    html`<p>Its time is over, or somebody has ended it: no answer can be sent by it any more. What was answered before counts.</p>`,
  );

const notTaken = 'Your answer was not taken';
const gone = 410;

const closed = (title: string, text: Html, status = gone): HttpResponse =>
  pageResponse(
    status,
    { title, body: html`<div class="narrow"><h1>${title}</h1>${text}</div>`, isSignedIn: false },
    linkHeaders,
  );
