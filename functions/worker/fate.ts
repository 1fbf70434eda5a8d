/** What becomes of a delivered message. */
export type Fate =
  | { readonly kind: 'delete'; readonly why: string }
  /** Reported as failed; visible again at `visibleAt` (epoch ms), or when its visibility ends by itself. */
  | { readonly kind: 'keep'; readonly why: string; readonly visibleAt?: number | undefined };

export const deleted = (why: string): Fate => ({ kind: 'delete', why });
export const kept = (why: string, visibleAt?: number): Fate => ({ kind: 'keep', why, visibleAt });
