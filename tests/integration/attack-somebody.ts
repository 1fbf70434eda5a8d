import fc from 'fast-check';
import type { Right } from '../../shared/domain/access/access-entry.ts';
import { type AttackCase, type AttackTarget, faultsIn, leaksIn, send, shown } from './attack-target.ts';
import type { HttpCall } from './attacked-system.ts';
import { tokenOf } from './attacks.ts';
import type { RawAnswer } from './raw-http.ts';
import { sessionOf, withCookie } from './sessions.ts';
import { withKey } from './victims.ts';

/** A class of attacks, each of which is made of what fast-check thinks of. */
export type Generated = (target: AttackTarget) => Promise<fc.Arbitrary<AttackCase>>;

const held: Right[] = ['submit', 'read', 'control', 'erase', 'admin', 'signal'];

/** The attacks of somebody else, who has every right of a tenant, in another one. With two doors, by its key and by its token in turns. */
export async function somebody({ system }: AttackTarget) {
  const { key, text } = await system.newKey({ tenant: 'somebody', rights: held });
  const cookie = await sessionOf(system, key);
  const token = await system.issuer?.token(tokenOf('somebody', held));
  const credentials = token === undefined ? [text] : [text, token];
  let shown = 0;
  const nextCredential = (): string => {
    shown += 1;
    return credentials[shown % credentials.length] ?? text;
  };
  return {
    text,
    shownTo: (call: HttpCall) => withCookie(call, cookie),
    byKey: (call: HttpCall) => withKey(call, nextCredential()),
  };
}

/** What is wrong with an answer to somebody else. */
export async function attackWith(
  call: HttpCall,
  target: AttackTarget,
  check: (answer: RawAnswer) => readonly string[] = () => [],
): Promise<readonly string[]> {
  const answer = await send(target, call);
  return [...faultsIn(answer), ...leaksIn(answer, call, target), ...check(answer)].map(
    (each) => `${each} (${answer.status}, ${shown(call)})`,
  );
}

const encoded = (text: string, every: number): string =>
  [...text]
    .map((character, at) =>
      at % every === 0 ? `%${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}` : character,
    )
    .join('');

/** An id as it is written by who looks for another way to it. */
export const disguised = (ids: readonly string[]): fc.Arbitrary<string> =>
  fc
    .record({
      id: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...ids) },
        fc.constantFrom(
          'root',
          'suspended',
          'paused-schedules',
          'pauses',
          '__proto__',
          'constructor',
          `key%2f${ids[0]}`,
        ),
      ),
      written: fc.oneof(
        fc.constant((id: string) => id),
        fc.constant((id: string) => id.toUpperCase()),
        fc.integer({ min: 1, max: 5 }).map((every) => (id: string) => encoded(id, every)),
        fc.constant((id: string) => encoded(encoded(id, 1), 1)),
        fc.constant((id: string) => id.replaceAll('-', '%ef%bc%8d')),
        fc.constant((id: string) => id.repeat(40)),
      ),
      before: fc.constantFrom(
        '',
        '',
        '',
        './',
        '../',
        '%2e%2e%2f',
        'x/../',
        '%00',
        '%20',
        '//',
        '%5c',
        '{id}/',
      ),
      after: fc.constantFrom(
        '',
        '',
        '',
        '/',
        '%00',
        '%20',
        ';x',
        '.json',
        '%2f..',
        '%2e',
        '#x',
        '%0d%0aX:1',
        '?id=x',
      ),
    })
    .map(({ id, written, before, after }) => `${before}${written(id)}${after}`);
