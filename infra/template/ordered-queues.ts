import type { StageParameters } from '../parameters/parameter.ts';
import type { Resources } from './serverless.ts';

const first = 'OrderedQueue';

/** The resources of the stage's ordered queues, in the order of their numbers. */
export const orderedQueueIds = ({ orderedQueues = 1 }: StageParameters): readonly string[] =>
  [...Array(Number(orderedQueues)).keys()].map((index) => (index === 0 ? first : `${first}${index + 1}`));

interface Service {
  readonly resources: Resources;
  readonly functions: Readonly<Record<string, { readonly events?: readonly unknown[] }>>;
}

/**
 * Makes copies of the one ordered queue of serverless.yml, with all that the service says of it: its policy and its
 * event source.
 */
export function addOrderedQueues({ resources, functions }: Service, parameters: StageParameters): void {
  const others = orderedQueueIds(parameters).slice(1);
  const { [first]: queue, QueuePolicy: policy, ...all } = resources.Resources ?? {};
  if (!queue || others.length === 0) return;
  const name = String(queue.Properties?.QueueName);
  const copies = others.map((id, index) => {
    const QueueName = name.replace(/\.fifo$/, `-${index + 2}.fifo`);
    return [
      id,
      { ...structuredClone(queue), Properties: { ...structuredClone(queue.Properties), QueueName } },
    ];
  });
  const refs = others.map((Ref) => ({ Ref }));
  const Queues = [policy?.Properties?.Queues ?? []].flat();
  resources.Resources = {
    ...all,
    [first]: queue,
    ...Object.fromEntries(copies),
    ...(policy
      ? { QueuePolicy: { ...policy, Properties: { ...policy.Properties, Queues: [...Queues, ...refs] } } }
      : {}),
  };
  for (const definition of Object.values(functions)) addSources(definition, others);
}

/** A function that receives from the first queue receives from the others, too. */
function addSources(definition: { readonly events?: readonly unknown[] }, others: readonly string[]): void {
  const isOfFirst = (event: unknown): boolean => JSON.stringify(event).includes(`"${first}"`);
  const { events = [] } = definition;
  const copies = events
    .filter(isOfFirst)
    .flatMap((event) =>
      others.map((id): unknown => JSON.parse(JSON.stringify(event).replace(`"${first}"`, `"${id}"`))),
    );
  if (copies.length > 0) Object.assign(definition, { events: [...events, ...copies] });
}
