import { keepChildrenDaysOf } from '../parameters/jobs.ts';
import { listOf, type StageParameters } from '../parameters/parameter.ts';
import type { Origin } from './template-values.ts';

/** The properties of an `AWS::S3::Bucket` that follow from the parameters of a stage. */
export interface BucketSettings {
  readonly VersioningConfiguration?: { readonly Status: 'Enabled' };
  readonly LifecycleConfiguration: { readonly Rules: readonly LifecycleRule[] };
  readonly CorsConfiguration: { readonly CorsRules: readonly CorsRule[] };
}

type LifecycleRule = Readonly<Record<string, unknown>> & { readonly Id: string };

interface CorsRule {
  readonly AllowedOrigins: readonly Origin[];
  readonly AllowedMethods: readonly string[];
  readonly AllowedHeaders: readonly string[];
  readonly ExposedHeaders: readonly string[];
  readonly MaxAge: number;
}

/** What was overwritten, or has expired, can be brought back for so long where data is protected. */
const formerVersionDays = 14;
const unfinishedUploadDays = 7;
const preflightSeconds = 3600;
const exposedHeaders = ['ETag', 'Content-Range', 'Accept-Ranges'];

/** @param own the origins of the stage's own pages, which upload files */
export function bucketSettingsOf(parameters: StageParameters, own: readonly Origin[]): BucketSettings {
  const others = listOf(parameters.cors);
  const isProtected = parameters.tableDeletionPolicy !== 'Delete';
  return {
    ...(isProtected ? { VersioningConfiguration: { Status: 'Enabled' } } : {}),
    LifecycleConfiguration: { Rules: lifecycleOf(parameters) },
    CorsConfiguration: {
      CorsRules: [corsOf([...own, ...others]), ...(others.length > 0 ? [corsOfRedirected] : [])],
    },
  };
}

/** For how long a job is kept at most. Names of objects do not tell whether their job is a child. */
const keptDaysOf = (parameters: StageParameters): number =>
  Math.max(Number(parameters.retentionDays), Number(keepChildrenDaysOf(parameters)));

/** A job sleeps no longer. */
const maxSleepDays = 366;

/**
 * S3 knows only the age of an object. So what a job has that has ended, and what it has while it waits, is apart. A job
 * that ends when it has slept may be retried from what it had then, as long as it is kept.
 */
const lifecycleOf = ({ uploadRetentionDays, ...parameters }: StageParameters): readonly LifecycleRule[] => [
  { Id: 'uploads', Prefix: 'uploads/', Status: 'Enabled', ExpirationInDays: Number(uploadRetentionDays) },
  // A result is read as long as its job is kept. A day more, so that it never goes first. And S3 counts the age of a
  // streamed one from the day on which its upload began.
  {
    Id: 'results',
    Prefix: 'results/',
    Status: 'Enabled',
    ExpirationInDays: unfinishedUploadDays + keptDaysOf(parameters) + 1,
  },
  {
    Id: 'messages-of-ended-jobs',
    Prefix: 'messages/ended/',
    Status: 'Enabled',
    ExpirationInDays: keptDaysOf(parameters) + 1,
  },
  {
    Id: 'messages-of-waiting-jobs',
    Prefix: 'messages/waiting/',
    Status: 'Enabled',
    ExpirationInDays: maxSleepDays + keptDaysOf(parameters) + 1,
  },
  {
    Id: 'states',
    Prefix: 'states/',
    Status: 'Enabled',
    ExpirationInDays: maxSleepDays + keptDaysOf(parameters) + 1,
    // A job that streams saves one every few seconds, with the end of its output, and deletes the one before.
    NoncurrentVersionExpiration: { NoncurrentDays: 1 },
  },
  {
    Id: 'unfinished-uploads',
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: unfinishedUploadDays },
  },
  // Also where there are no versions now: there are some if the stage was protected before. Of two rules S3 takes the
  // shorter.
  {
    Id: 'former-versions',
    Status: 'Enabled',
    NoncurrentVersionExpiration: { NoncurrentDays: formerVersionDays },
    ExpiredObjectDeleteMarker: true,
  },
];

/**
 * For the stage's own pages, and for those that may call the API. They have URLs that are signed, and no credential of
 * AWS.
 */
const corsOf = (origins: readonly Origin[]): CorsRule => ({
  AllowedOrigins: origins,
  AllowedMethods: ['PUT', 'GET', 'HEAD'],
  AllowedHeaders: ['content-type', 'content-length', 'if-none-match', 'range'],
  ExposedHeaders: exposedHeaders,
  MaxAge: preflightSeconds,
});

/**
 * A page of another origin than the API's is led to the bucket by a redirect, after which a browser says that its
 * origin is `null`. This opens nothing: to read an object, one needs its signed URL, and a browser adds no credential
 * to that.
 */
const corsOfRedirected: CorsRule = {
  AllowedOrigins: ['*'],
  AllowedMethods: ['GET', 'HEAD'],
  AllowedHeaders: ['range'],
  ExposedHeaders: exposedHeaders,
  MaxAge: preflightSeconds,
};
