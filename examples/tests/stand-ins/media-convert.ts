import type { OutsideClock } from '../../../testkit/effects.ts';

/** A job of MediaConvert as its API shows it, times as epoch seconds. */
export interface MediaConvertJob {
  readonly id: string;
  readonly arn: string;
  readonly queue: string;
  readonly role: string;
  readonly createdAt: number;
  readonly clientRequestToken?: string;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly settings: unknown;
  readonly status: 'SUBMITTED' | 'PROGRESSING' | 'COMPLETE' | 'CANCELED' | 'ERROR';
  readonly currentPhase?: 'PROBING' | 'TRANSCODING' | 'UPLOADING';
  readonly jobPercentComplete?: number;
  readonly errorCode?: number;
  readonly errorMessage?: string;
  readonly outputGroupDetails?: readonly unknown[];
}

export interface NewMediaConvertJob {
  readonly queue: string;
  readonly role: string;
  readonly clientRequestToken?: string | undefined;
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  readonly settings: unknown;
}

/** As the API names it, with its status. */
export class MediaConvertError extends Error {
  override readonly name: string;
  readonly status: number;
  constructor(name: string, status: number, message: string) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

interface Settings {
  readonly submittedSeconds?: number;
  readonly progressingSeconds?: number;
  readonly listingLagSeconds?: number;
  readonly failsWith?: string;
}

type Created = NewMediaConvertJob & { readonly id: string; readonly at: number; canceledAt?: number };

const tokenMs = 60_000;
const maxPage = 20;
const arnOf = (id: string) => `arn:aws:mediaconvert:eu-central-1:123456789012:jobs/${id}`;

/**
 * MediaConvert, as its API reference describes it: a client token counts for a minute, the list is late, newest first,
 * in pages of twenty, and only what has not ended can be canceled.
 */
export class MediaConvert {
  readonly #clock: OutsideClock;
  readonly #settings: Settings;
  readonly #created: Created[] = [];
  /** How many of the next requests are refused, and how. */
  #refusals: MediaConvertError[] = [];
  /** How many pages of the list were read. */
  pages = 0;

  constructor(clock: OutsideClock, settings: Settings = {}) {
    this.#clock = clock;
    this.#settings = settings;
  }

  refuse(...errors: readonly MediaConvertError[]): void {
    this.#refusals = [...this.#refusals, ...errors];
  }

  create(job: NewMediaConvertJob): MediaConvertJob {
    this.#admit();
    const now = this.#clock.now();
    const token = job.clientRequestToken;
    const known = this.#created.find(
      (one) => token !== undefined && one.clientRequestToken === token && now - one.at < tokenMs,
    );
    if (known) return this.#shown(known);
    const created = { ...job, id: `${now}-${this.#created.length + 1}`, at: now };
    this.#created.push(created);
    return this.#shown(created);
  }

  list(query: {
    readonly queue?: string;
    readonly descending?: boolean;
    readonly max?: number;
    readonly from?: number;
  }) {
    this.#admit();
    this.pages += 1;
    const { queue, descending = false, max = maxPage, from = 0 } = query;
    if (max > maxPage) throw new MediaConvertError('BadRequestException', 400, 'maxResults is over 20');
    const lagMs = (this.#settings.listingLagSeconds ?? 30) * 1000;
    const listed = this.#created.filter((job) => this.#clock.now() - job.at >= lagMs);
    const ofQueue = listed.filter((job) => queue === undefined || job.queue === queue);
    const ordered = descending ? [...ofQueue].reverse() : ofQueue;
    const next = from + max < ordered.length ? from + max : undefined;
    return { jobs: ordered.slice(from, from + max).map((job) => this.#shown(job)), next };
  }

  get(id: string): MediaConvertJob {
    this.#admit();
    return this.#shown(this.#find(id));
  }

  cancel(id: string): void {
    this.#admit();
    const job = this.#find(id);
    const { status } = this.#shown(job);
    if (status !== 'SUBMITTED' && status !== 'PROGRESSING')
      throw new MediaConvertError('ConflictException', 409, `the job is ${status}`);
    job.canceledAt = this.#clock.now();
  }

  /** Every job that was created, whether it is listed or not. */
  get jobs(): readonly MediaConvertJob[] {
    return this.#created.map((job) => this.#shown(job));
  }

  #admit(): void {
    const [error, ...rest] = this.#refusals;
    this.#refusals = rest;
    if (error) throw error;
  }

  #find(id: string): Created {
    const found = this.#created.find((job) => job.id === id);
    if (!found) throw new MediaConvertError('NotFoundException', 404, `there is no job ${id}`);
    return found;
  }

  #shown(job: Created): MediaConvertJob {
    const { id, at, queue, role, userMetadata = {}, settings, clientRequestToken } = job;
    return {
      ...{ id, arn: arnOf(id), queue, role, userMetadata, settings },
      ...(clientRequestToken === undefined ? {} : { clientRequestToken }),
      createdAt: Math.floor(at / 1000),
      ...this.#stateOf(job),
    };
  }

  #stateOf({ at, canceledAt }: Created): Pick<MediaConvertJob, 'status'> & Partial<MediaConvertJob> {
    const { submittedSeconds = 10, progressingSeconds = 100, failsWith } = this.#settings;
    if (canceledAt !== undefined) return { status: 'CANCELED' };
    const seconds = (this.#clock.now() - at) / 1000 - submittedSeconds;
    if (seconds < 0) return { status: 'SUBMITTED' };
    const jobPercentComplete = Math.floor((seconds / progressingSeconds) * 100);
    if (jobPercentComplete < 100)
      return { status: 'PROGRESSING', currentPhase: 'TRANSCODING', jobPercentComplete };
    if (failsWith !== undefined) return { status: 'ERROR', errorCode: 1010, errorMessage: failsWith };
    const videoDetails = { widthInPx: 1280, heightInPx: 720 };
    const outputDetails = [{ durationInMs: 60_000, videoDetails }];
    return { status: 'COMPLETE', jobPercentComplete: 100, outputGroupDetails: [{ outputDetails }] };
  }
}
