import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type PolicyViolation, Stack } from 'aws-cdk-lib';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/** Something that a rule of cdk-nag advises against. */
export interface Finding {
  /** Such as `AwsSolutions-SQS4`; what a rule says in brackets beside that is left out. */
  readonly rule: string;
  /** Its logical id. */
  readonly resource: string;
  readonly severity: string;
  readonly description: string;
}

/** What the rules of AwsSolutions and Serverless find in a compiled template. */
export function findingsIn(template: string): readonly Finding[] {
  const dir = mkdtempSync(join(tmpdir(), 'job-worker-nag-'));
  try {
    const templateFile = join(dir, 'template.json');
    writeFileSync(templateFile, template);
    const app = new App({ analyticsReporting: false, outdir: join(dir, 'out') });
    new CfnInclude(new Stack(app, 'stage'), 'template', { templateFile });
    const packs = [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
    return packs.flatMap((pack) => pack.validateScope(app).violations.flatMap(findingsOf));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const findingsOf = ({ ruleName, severity = 'error', description, violatingResources }: PolicyViolation) =>
  violatingResources.map(({ constructPath = '' }) => ({
    rule: ruleName.replace(/\[.*$/s, ''),
    resource: constructPath.slice(constructPath.lastIndexOf('/') + 1),
    severity,
    description,
  }));
