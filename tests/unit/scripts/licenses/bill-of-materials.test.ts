import { expect, test } from '@jest/globals';
import { billOf } from '../../../../scripts/licenses/bill-of-materials.ts';

const component = (name: string, scope: string) => ({
  'bom-ref': `${name}@1.0.0`,
  purl: `pkg:npm/${name.replace('@', '%40')}@1.0.0`,
  scope,
  hashes: [name],
  properties: [{ name: 'cdx:npm:package:development', value: 'true' }],
});
const asked = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: 'now', component: { 'bom-ref': 'project@1.0.0', name: 'folder' } },
  components: [
    component('@some/one', 'required'),
    component('tool', 'optional'),
    component('two', 'optional'),
  ],
  dependencies: [
    { ref: 'project@1.0.0', dependsOn: ['@some/one@1.0.0', 'tool@1.0.0'] },
    { ref: '@some/one@1.0.0', dependsOn: ['two@1.0.0', 'tool@1.0.0'] },
    { ref: 'tool@1.0.0', dependsOn: [] },
    { ref: 'two@1.0.0' },
  ],
};
const party = (name: string) => ({ name, version: '1.0.0', license: 'MIT', texts: [], bundles: [] });

test('the bill has what is delivered, and nothing of what only builds it', () => {
  expect(billOf(asked, 'job-worker', [party('@some/one'), party('two')])).toEqual({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    metadata: { timestamp: 'now', component: { 'bom-ref': 'project@1.0.0', name: 'job-worker' } },
    components: [
      { ...component('@some/one', 'required'), properties: [] },
      { ...component('two', 'required'), properties: [] },
    ],
    dependencies: [
      { ref: 'project@1.0.0', dependsOn: ['@some/one@1.0.0'] },
      { ref: '@some/one@1.0.0', dependsOn: ['two@1.0.0'] },
      { ref: 'two@1.0.0', dependsOn: [] },
    ],
  });
});

test('a package that is delivered and that npm does not know is an error with its name', () => {
  expect(() => billOf(asked, 'job-worker', [party('three')])).toThrow('three 1.0.0, which is delivered');
});
