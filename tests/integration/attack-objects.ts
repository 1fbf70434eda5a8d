import fc from 'fast-check';
import { uploadResponse } from '../../shared/http/requests/upload-request.ts';
import { attackWith, disguised, type Generated, somebody } from './attack-somebody.ts';
import type { AttackCase, AttackTarget } from './attack-target.ts';
import type { HttpCall } from './attacked-system.ts';
import { withKey } from './victims.ts';

const headers = { 'content-type': 'application/json' };

async function orderOf({ system }: AttackTarget, by: (call: HttpCall) => HttpCall) {
  const { body } = await system.call(by({ method: 'POST', path: '/uploads', headers, body: '{"bytes":8}' }));
  const { object, upload } = uploadResponse.parse(JSON.parse(body));
  return { object, url: upload.url, headers: upload.headers };
}
type Order = Awaited<ReturnType<typeof orderOf>>;

interface Changed {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An upload that was changed after it was signed. */
const refused =
  (order: Order) =>
  (what: string, changed: Changed): AttackCase =>
  async () => {
    // `fetch` sets the length itself.
    const { 'content-length': _, ...sent } = { ...order.headers, ...changed.headers };
    const method = changed.method ?? 'PUT';
    const body = method === 'PUT' ? { body: changed.body ?? '12345678' } : {};
    const { status } = await fetch(changed.url ?? order.url, { method, headers: sent, ...body });
    return status >= 400 && status < 500 ? [] : [`${what}: ${status} (${changed.url ?? ''})`];
  };

/** Requests to upload that were changed. */
function changedUploads(own: Order, other: string): fc.Arbitrary<AttackCase> {
  const attack = refused(own);
  const names = [...new URL(own.url).searchParams.keys()];
  const changed = (name: string, change: (parameters: URLSearchParams) => void): AttackCase => {
    const url = new URL(own.url);
    change(url.searchParams);
    return attack(`another ${name}`, { url: url.href });
  };
  return fc.oneof(
    fc
      .tuple(fc.constantFrom(...names), fc.nat(9))
      .map(([name, digit]) => changed(name, (all) => all.set(name, `${digit}${all.get(name)}`))),
    fc.constantFrom(...names).map((name) => changed(name, (all) => all.delete(name))),
    fc.tuple(disguised([other]), fc.constantFrom('', `${own.object}/../`)).map(([name, before]) => {
      const url = own.url.replace(own.object, `${before}${name.replaceAll(/[?#]/g, '')}`);
      return attack('another object', { url });
    }),
    fc.constantFrom(
      attack('GET', { method: 'GET' }),
      attack('DELETE', { method: 'DELETE' }),
      attack('more bytes', { body: '123456789' }),
      attack('fewer bytes', { body: '1' }),
      attack('a type', { headers: { 'content-type': 'text/html' } }),
      attack('the bucket', { method: 'GET', url: new URL(own.url).origin }),
    ),
  );
}

/** Objects of the owner as the payload of somebody else, and requests to upload that were changed. */
export const objectCases: Generated = async (target) => {
  const { byKey } = await somebody(target);
  const owners = await orderOf(target, (call) => withKey(call, target.ownersKey));
  const own = await orderOf(target, byKey);
  const stolen = fc.tuple(disguised([owners.object]), fc.boolean()).map(([object, isInBatch]) => () => {
    const payload = { object, groupBy: 'a', metrics: [{ column: 'a', op: 'sum' }] };
    const job = { type: 'csv-sums', payload };
    const body = JSON.stringify(isInBatch ? { jobs: [job] } : job);
    const call = { method: 'POST', path: isInBatch ? '/jobs/batch' : '/jobs', headers, body };
    return attackWith(byKey(call), target, (answer) =>
      /"status":"(queued|waiting)"/.test(answer.body) ? ['takes an object of somebody else'] : [],
    );
  });
  return fc.oneof(
    { weight: 2, arbitrary: changedUploads(own, owners.object) },
    { weight: 1, arbitrary: stolen },
  );
};
