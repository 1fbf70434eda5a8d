import {
  intrinsicOf,
  isRecord,
  neededBy,
  type RawTemplate,
  type Reference,
  referencesIn,
} from './raw-template.ts';
import { schemaOf } from './resource-problems.ts';

const pseudoParameters = [
  'AWS::AccountId',
  'AWS::NoValue',
  'AWS::NotificationARNs',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
];

/** Those that need no section of a template that this project does not have, such as `Conditions`. */
const functions = [
  'Ref',
  ...['Base64', 'GetAtt', 'GetAZs', 'Join', 'Select', 'Split', 'Sub'].map((name) => `Fn::${name}`),
];

/** References to nothing, unknown functions, circles, and what was to be replaced before CloudFormation sees it. */
export function problemsOfReferences(template: RawTemplate): readonly string[] {
  const { Resources, Outputs } = template;
  const all = [
    ...Object.entries(Resources).map(([id, each]) => ({ place: id, references: neededBy(each) })),
    { place: 'Outputs', references: referencesIn(Outputs) },
  ];
  return [
    ...all.flatMap(({ place, references }) =>
      references.flatMap((reference) =>
        problemsOfReference(reference, template).map((text) => `${place} ${text}`),
      ),
    ),
    ...unknownFunctionsIn(template.Resources),
    ...unknownFunctionsIn(template.Outputs),
    ...leftVariablesIn({ Resources, Outputs }, 'template'),
    ...circlesIn(template),
  ];
}

function problemsOfReference({ id, attribute }: Reference, { Resources }: RawTemplate): readonly string[] {
  if (attribute === undefined && pseudoParameters.includes(id)) return [];
  const found = Object.hasOwn(Resources, id) ? Resources[id] : undefined;
  if (!found) return [`refers to ${id}, which there is not`];
  if (attribute === undefined) return [];
  const attributes = schemaOf(found.Type)?.attributes ?? {};
  return Object.hasOwn(attributes, attribute)
    ? []
    : [`refers to ${id}.${attribute}, and ${found.Type} has no such attribute`];
}

function unknownFunctionsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(unknownFunctionsIn);
  if (!isRecord(value)) return [];
  const name = intrinsicOf(value)?.name;
  const isKnown = name === undefined || functions.includes(name);
  return [
    ...(isKnown ? [] : [`${name} is no function`]),
    ...Object.values(value).flatMap(unknownFunctionsIn),
  ];
}

/** A `${...}` outside of `Fn::Sub`: a variable of serverless.yml, or a `Sub` that was forgotten. */
function leftVariablesIn(value: unknown, place: string): readonly string[] {
  if (typeof value === 'string') return value.includes('${') ? [`${place} has ${value}`] : [];
  if (Array.isArray(value))
    return value.flatMap((inner, index) => leftVariablesIn(inner, `${place}[${index}]`));
  if (!isRecord(value) || intrinsicOf(value)?.name === 'Fn::Sub') return [];
  return Object.entries(value).flatMap(([key, inner]) => leftVariablesIn(inner, `${place}.${key}`));
}

/** CloudFormation refuses resources that need each other. */
function circlesIn({ Resources }: RawTemplate): readonly string[] {
  const isDone = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] => {
    if (path.includes(id))
      return [`these need each other: ${[...path.slice(path.indexOf(id)), id].join(', ')}`];
    if (isDone.has(id)) return [];
    isDone.add(id);
    const found = Resources[id];
    return found ? neededBy(found).flatMap((next) => visit(next.id, [...path, id])) : [];
  };
  return Object.keys(Resources).flatMap((id) => visit(id, []));
}
