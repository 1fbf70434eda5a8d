import type { Right } from '../../../shared/domain/access/access-entry.ts';
import type { JobStatus } from '../../../shared/domain/state/job/transitions.ts';
import { type Html, html } from '../html/html.ts';
import { newerVersion, statusBadge } from '../html/words.ts';

/** Another job that a page names. */
export interface Related {
  readonly id: string;
  /** Absent if it is not known any more. */
  readonly status: JobStatus | undefined;
  /** Only newer code can read it. */
  readonly newerVersion?: number | undefined;
}

/** A page has a size. */
const maxRelated = 20;

export const relatedJobs = (all: readonly Related[], rights: readonly Right[]): Html =>
  html`<ul class="jobs">${all.slice(0, maxRelated).map((one) => relatedJob(one, rights))}</ul>${all.length > maxRelated && html`<p class="faint">And ${all.length - maxRelated} more.</p>`}`;

const relatedJob = ({ id, status, newerVersion: version }: Related, rights: readonly Right[]): Html =>
  html`<li>${status ? statusBadge(status) : html`<span class="faint">${version === undefined ? 'not known any more' : newerVersion(version)}</span>`} ${jobLink(id, version === undefined ? rights : [])}</li>`;

/** A grant is good for one job: who has no more gets no links to others. */
export const jobLink = (id: string, rights: readonly Right[]): Html =>
  rights.includes('read')
    ? html`<a class="mono" href="/ui/jobs/${id}">${id}</a>`
    : html`<span class="mono">${id}</span>`;
