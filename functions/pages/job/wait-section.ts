import type { Right } from '../../../shared/domain/access/access-entry.ts';
import { hasSucceeded, isWaiting } from '../../../shared/domain/state/job/transitions.ts';
import type { Wait } from '../../../shared/domain/state/stored/saved-signals.ts';
import type { JobWait, WaitKind } from '../../../shared/domain/state/waits/wait.ts';
import type { JobResponse } from '../../../shared/http/responses/job-response.ts';
import { labelOf } from '../../../shared/http/wire/answer-words.ts';
import { signalSchemas } from '../forms/payload-schemas.ts';
import { foreign, type Html, html } from '../html/html.ts';
import { whenExactly } from '../html/words.ts';
import { type Related, relatedJobs } from './related-jobs.ts';
import { lastChange } from './timeline.ts';

interface Shown {
  readonly job: JobResponse;
  /** What it waits for. */
  readonly wait: JobWait | undefined;
  readonly dependencies: readonly Related[];
  /** Of who looks at it. */
  readonly rights: readonly Right[];
  /** Epoch milliseconds. */
  readonly now: number;
}

interface Words {
  readonly heading: string;
  readonly text: Html;
}

type WordsOf<Kind extends WaitKind> = (
  wait: Extract<JobWait, { readonly kind: Kind }>,
  shown: Shown,
) => Words;

const timeOf = (at: number, { now }: Shown): Html => whenExactly(new Date(at).toISOString(), now);
const byItself = html`<p>It goes on by itself.</p>`;

/** What people read of each kind of wait. */
const words: { readonly [Kind in WaitKind]: WordsOf<Kind> } = {
  time: ({ until }, shown) => {
    const { job, now } = shown;
    const goesOn = until > now ? html`<p>It goes on by itself: ${timeOf(until, shown)}</p>` : byItself;
    if (job.startedAt === null && job.notBefore === undefined && until > now)
      return { heading: 'It waits', text: html`<p>For its time: ${timeOf(until, shown)}</p>` };
    const isAsleep = lastChange(job.history) === 'handed-over';
    return { heading: isAsleep ? 'It sleeps' : 'It is tried again', text: goesOn };
  },
  jobs: (_wait, shown) => {
    const { job, dependencies, rights, now } = shown;
    const open = dependencies.filter(({ status }) => !status || !hasSucceeded(status));
    const isLater = job.runAt !== undefined && Date.parse(job.runAt) > now;
    const which = open.length === 1 ? 'another job' : `${open.length} other jobs`;
    return {
      heading: 'It waits',
      text: html`${isLater && html`<p>For its time: ${whenExactly(job.runAt ?? '', now)}</p>`}
${open.length > 0 ? html`<p>For ${which}, which must succeed first:</p>${relatedJobs(open, rights)}` : byItself}`,
    };
  },
  children: (wait, shown) => ({
    heading: 'It waits for its children',
    text: html`<p>It goes on by itself when all of them have ended${wait.until !== undefined && html`, or ${timeOf(wait.until, shown)}`}.</p>${wait.answers.length > 0 && answers(wait, shown)}`,
  }),
  signal: (wait, shown) => ({ heading: 'It waits for an answer', text: answers(wait, shown) }),
  turn: ({ of, at }, shown) => ({
    heading: 'It waits for its turn',
    text: html`<p>The limit of ${foreign(of)} lets so many start. Its turn is ${timeOf(at, shown)}</p>`,
  }),
  place: ({ of, running }) => ({
    heading: 'It waits for a place',
    text: html`<p>It waits for 1 of ${running} places of ${foreign(of)}. It goes on by itself when one is free.</p>`,
  }),
  pause: ({ by }) => ({
    heading: 'It is paused',
    text: html`<p>The pause of ${foreign(by)} holds it. It goes on by itself when somebody ends that.</p>`,
  }),
  handler: () => ({
    heading: 'It waits for its job type',
    text: html`<p>There is no handler for this type. It goes on by itself, within 15 minutes after a deployment has brought one.</p>`,
  }),
  submissions: ({ came, until, latestAt }, shown) => ({
    heading: 'It waits for more submissions',
    text: html`<p>${came === 1 ? 'One has come' : `${came} have come`}. If no other one comes, it runs once, with the last payload: ${timeOf(until, shown)}. At the latest: ${timeOf(latestAt, shown)}.</p>`,
  }),
};

const wordsOf = <Kind extends WaitKind>(
  kind: Kind,
  wait: Extract<JobWait, { readonly kind: Kind }>,
  shown: Shown,
): Words => words[kind](wait, shown);

/** What a job waits for, and since when. */
export function waitSection(shown: Shown): Html | false {
  const { job, wait, now } = shown;
  // A time that is over is that of a job in its queue.
  const isOver = wait === undefined || (wait.kind === 'time' && wait.until <= now);
  if (isOver && !isWaiting(job.status)) return false;
  const { heading, text } = wait ? wordsOf(wait.kind, wait, shown) : { heading: 'It waits', text: byItself };
  return html`<section class="note" aria-labelledby="waits"><h2 id="waits">${heading}</h2>
${text}
${wait && job.group !== undefined && html`<p>The jobs behind it in its group wait, too.</p>`}
${wait && html`<p class="faint">It has waited since ${timeOf(wait.since, shown)}</p>`}
</section>`;
}

/** Somebody has to send what it waits for. */
const answers = (
  { answers: all }: Extract<JobWait, { readonly answers: unknown }>,
  { job: { id, type }, rights, now }: Shown,
): Html =>
  html`<ul>${all.map(
    ({ name, key, until, question }) =>
      html`<li>${asked({ type, name, key, question })}, at the latest ${whenExactly(new Date(until).toISOString(), now)}${rights.includes('signal') && html` <a href="/ui/jobs/${id}/signals/${encodeURIComponent(name)}?key=${encodeURIComponent(key)}">Answer</a>`}</li>`,
  )}</ul>
${!rights.includes('signal') && html`<p>Everybody with the right <code>signal</code> can send it.</p>`}`;

/** What is asked, in the words of the job and of the contract. */
const asked = ({
  type,
  name,
  key,
  question,
}: Wait & { readonly type: string; readonly question?: string | undefined }): Html =>
  html`${question !== undefined && html`${foreign(question)}<br>`}<strong>${foreign(labelOf(name, signalSchemas()[type]?.[name] ?? {}))}</strong>${key !== name && html` <span class="mono">${foreign(key)}</span>`}`;

/** What was answered to a job, as the page of a link says it. */
export function answersSection({ job: { type, history }, now }: Pick<Shown, 'job' | 'now'>): Html | false {
  const sent = history.filter(({ event }) => event === 'signaled');
  return (
    sent.length > 0 &&
    html`<section aria-labelledby="answers"><h2 id="answers">What was answered</h2>
<ul>${sent.map(
      ({ signal: name = '', key = name, question, answer, at, by }) =>
        html`<li>${asked({ type, name, key, question })}<br>Answered${answer !== undefined && html`: ${foreign(answer)}`} <span class="faint">${whenExactly(at, now)}${by !== undefined && html`, by ${foreign(by)}`}</span></li>`,
    )}</ul></section>`
  );
}
