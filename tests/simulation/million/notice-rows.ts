import * as z from 'zod/mini';
import { delivered, down, rejected } from '../../../shared/notify/attempt.ts';
import { latenessOf } from './lateness.ts';
import { type Notices, type NoticesPlayed, playNotices } from './notices.ts';

const perSecond = 500;
type Load = Omit<Notices, 'count' | 'perSecond'>;

export const noticeLoads: readonly (readonly [name: string, load: Load])[] = [
  ['takes them at once', { answer: delivered, answersAfterMs: 100 }],
  ['is dead', { answer: down('no connection'), answersAfterMs: 50, comesBack: true }],
  ['hangs', { answer: down('no answer'), answersAfterMs: 15_000 }],
  ['answers 404', { answer: rejected('HTTP 404'), answersAfterMs: 100 }],
  [
    'hangs, without breakers, groups and a queue for slow ones',
    {
      ...{ answer: down('no answer'), answersAfterMs: 15_000, areGroups: false },
      limits: { failures: Number.POSITIVE_INFINITY, atATime: 10 },
      areApart: false,
    },
  ],
];

const figures = z.object({
  name: z.string(),
  attempts: z.int(),
  schedules: z.int(),
  inFlight: z.int(),
  writesMost: z.int(),
  readsMost: z.int(),
  parked: z.int(),
  handedOver: z.int(),
  drainedAfter: z.number(),
  first: z.number(),
  p99: z.number(),
  max: z.number(),
});
/** What `million-notices.ts` prints. */
export const noticeFigures = z.array(figures);
export type NoticeFigures = z.infer<typeof figures>;

const figuresOf = (name: string, { late, ...played }: NoticesPlayed): NoticeFigures => {
  const { p99, max } = latenessOf(late);
  return { name, ...played, p99, max };
};

export async function playAllNotices(count: number): Promise<readonly NoticeFigures[]> {
  const all: NoticeFigures[] = [];
  for (const [name, load] of noticeLoads)
    all.push(figuresOf(name, await playNotices({ ...load, count, perSecond })));
  return all;
}

const text = (number: number): string => number.toLocaleString('en', { maximumFractionDigits: 2 });

/** A line of the table in docs/tenants.md. */
export const rowOfNotices = ({ name, attempts, schedules, first, max }: NoticeFigures): string =>
  `| ${name} | ${[attempts, schedules, first, max].map(text).join(' | ')} |`;
