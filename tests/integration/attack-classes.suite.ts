import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { generatedClasses } from './attack-generated.ts';
import { portCases } from './attack-ports.ts';
import { rightsCases } from './attack-rights.ts';
import { type AttackCase, type AttackTarget, newTarget } from './attack-target.ts';
import type { AttackedSystem } from './attacked-system.ts';
import { settled } from './victims.ts';

/** Cases of each class that is generated. `npm run test:long` sets more. */
const perClass = Number(process.env.ATTACKS ?? 25);
const seed = Number(process.env.ATTACK_SEED ?? 1);
const atATime = 4;

/** The cases of each class, by name. */
const classes: Readonly<Record<string, (target: AttackTarget) => Promise<readonly AttackCase[]>>> = {
  rights: (target) => rightsCases(target, perClass >= 400),
  ...Object.fromEntries(
    Object.entries({ ...generatedClasses, 'local ports': portCases }).map(([name, generated]) => [
      name,
      async (target: AttackTarget) => fc.sample(await generated(target), { seed, numRuns: perClass }),
    ]),
  ),
};

/** Attacks that are made, not written: from the compiled routes, and by a seed. None changes or shows what the owner has. */
export function attackClasses(running: () => AttackedSystem): void {
  const table: { readonly class: string; readonly cases: number; readonly found: number }[] = [];
  let target: AttackTarget;
  beforeAll(async () => {
    target = await newTarget(running());
  });
  afterAll(() => console.log(`attacks by class: ${JSON.stringify(table)}`));

  // `call` looks for the headers.
  test('the numbers of the gateway have the headers of every answer, and are for no caller without a key', async () => {
    const { status, body } = await target.system.call({ method: 'GET', path: '/metrics' });
    expect([status, body.includes('the-owner')]).toEqual([401, false]);
  });

  test.each(Object.keys(classes))(
    `%s (ATTACKS=${perClass} ATTACK_SEED=${seed})`,
    async (name) => {
      await settled(target.system);
      const before = await target.system.itemsOf('the-owner');
      const cases = (await classes[name]?.(target)) ?? [];
      const found: string[] = [];
      const queue = cases.values();
      const attacker = async () => {
        for (const attack of queue) found.push(...(await attack().catch((error) => [String(error)])));
      };
      await Promise.all(Array.from({ length: atATime }, attacker));
      table.push({ class: name, cases: cases.length, found: found.length });
      expect(found.slice(0, 10)).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(perClass);
      await settled(target.system);
      expect(await target.system.itemsOf('the-owner')).toEqual(before);
    },
    120_000 + perClass * 1_000,
  );
}
