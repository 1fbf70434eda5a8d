import { describe, expect, test } from '@jest/globals';
import { privileges } from './expected-privileges.ts';
import { packageStage } from './packaged.ts';
import { rightsIn } from './rights-in.ts';
import { policy } from './server-kinds.ts';
import { serverPrivileges } from './server-rights.ts';

describe('a stage with servers=own', () => {
  test('has a policy for whoever runs them, with the rights of the long worker on every run queue, and its services', async () => {
    const emr = { emrApplication: '00f5abc123def456', emrRole: 'arn:aws:iam::123456789012:role/emr' };
    const { template: own } = await packageStage('preview', { servers: 'own', ...emr });
    expect(Object.keys(own.resources).filter((id) => id.startsWith('Servers'))).toEqual(['ServersPolicy']);
    expect(own.outputs.ServersPolicyArn).toMatchObject({ Value: { Ref: 'ServersPolicy' } });
    const { Statement } = own.one('ServersPolicy', policy).PolicyDocument;
    const ofServices = (each: (typeof Statement)[number]) => /emr|iam/.test(each.Action.join());
    expect(Statement.filter(ofServices).length).toBeGreaterThan(1);
    expect(rightsIn(Statement.filter((each) => !ofServices(each)))).toEqual({
      ...privileges.longWorker,
      ...serverPrivileges.own,
    });
  });
});

test('a stage without servers has none of it', async () => {
  const { template: other } = await packageStage('preview');
  expect(Object.keys(other.resources).filter((id) => id.startsWith('Servers'))).toEqual([]);
});
