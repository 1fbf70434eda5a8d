import { beforeAll, expect, test } from '@jest/globals';
import { exceptions } from './nag-exceptions.ts';
import { type Finding, findingsIn } from './nag-findings.ts';
import type { Package } from './packaged.ts';

const isExcepted = ({ rule, resource }: Finding): boolean =>
  exceptions.some((exception) => exception.rule === rule && exception.resources.test(resource));

export function describeNag({ template }: Package): void {
  let findings: readonly Finding[];
  beforeAll(() => {
    findings = findingsIn(template.text);
  });

  test('cdk-nag finds nothing without a reason beside it', () => {
    expect(findings.filter((finding) => !isExcepted(finding))).toEqual([]);
  });

  test.each(exceptions)('$rule is still excepted for a reason: $reason', ({ rule, resources }) => {
    expect(findings.filter((each) => each.rule === rule && resources.test(each.resource))).not.toEqual([]);
  });
}
