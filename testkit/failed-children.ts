import type { JobItem } from '../shared/domain/state/job/item.ts';
import { hasFailed } from '../shared/domain/state/job/transitions.ts';
import type { Finding } from './findings.ts';
import type { Subject } from './job-under-test.ts';
import type { Cut } from './play/cut.ts';
import { changesOutcome } from './play/cut-children.ts';
import { Play } from './play/play.ts';

interface Compared {
  readonly play: Play;
  readonly undisturbed: Play;
}

/**
 * What runs are compared with in which a child does not succeed. The job may then come to something else than
 * undisturbed, and nobody but its author knows to what: so it is what it comes to if nothing else happens.
 */
export class FailedChildren {
  readonly #subject: Subject;
  readonly #plays = new Map<string, Promise<Play>>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  async expectedOf(cut: Cut, { play, undisturbed }: Compared): Promise<Play> {
    if (cut.kind === 'child-retried') return play.wasRetried ? undisturbed : play;
    if (!changesOutcome(cut)) return undisturbed;
    return cut.next ? this.#without(cut) : play;
  }

  #without({ next: _, ...cut }: Cut): Promise<Play> {
    const known = `${cut.kind} ${cut.at}`;
    const play = this.#plays.get(known) ?? new Play(this.#subject, { cut, pace: cut.pace }).run();
    this.#plays.set(known, play);
    return play;
  }
}

/** In one run of a job its children end once: what fails because of them fails in every other attempt, too. */
export function attemptsInVain(cut: Cut, { item }: Play): readonly Finding[] {
  if (!changesOutcome(cut) || cut.next !== undefined || !item) return [];
  const { status, attempt } = item;
  if (!hasFailed(status) || attempt === 1) return [];
  return [{ kind: 'attempts in vain', detail: `${attempt} attempts, the last with ${errorOf(item)}` }];
}

const errorOf = ({ error }: JobItem): string => (error ? `${error.name}: ${error.message}` : 'no error');
