import { problemsOfAliases } from './alias-problems.ts';
import { problemsOfLimits } from './limit-problems.ts';
import { problemsOfPolicies } from './policy-problems.ts';
import { readTemplate } from './raw-template.ts';
import { problemsOfReferences } from './reference-problems.ts';
import { problemsOfResource } from './resource-problems.ts';

/** What CloudFormation, IAM or Lambda would refuse of a compiled template, or would not do. */
export async function problemsOfTemplate(text: string): Promise<readonly string[]> {
  const template = readTemplate(text);
  return [
    ...Object.entries(template.Resources).flatMap(([id, resource]) => problemsOfResource(id, resource)),
    ...problemsOfReferences(template),
    ...problemsOfAliases(template),
    ...(await problemsOfPolicies(template)),
    ...problemsOfLimits(text, template),
  ];
}
