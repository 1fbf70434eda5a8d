import { expect, test } from '@jest/globals';
import { ofEachOrdered } from './expected.ts';
import { privileges } from './expected-privileges.ts';
import { rightOfType } from './package-all.ts';
import { rightsIn } from './rights-in.ts';
import { policy } from './server-kinds.ts';
import { serverPrivileges } from './server-rights.ts';
import type { Template } from './template.ts';

/** @param own of a stage with `servers=own`, and a type that brings a right */
export function describeOwnServers(own: Template): void {
  test('has a policy for the machines that run them, with the rights of the long worker, on the run queues of all types, and of its types', () => {
    expect(Object.keys(own.resources).filter((id) => id.startsWith('Servers'))).toEqual(['ServersPolicy']);
    expect(own.outputs.ServersPolicyArn).toMatchObject({ Value: { Ref: 'ServersPolicy' } });
    const { Statement } = own.one('ServersPolicy', policy).PolicyDocument;
    const ofType = (each: (typeof Statement)[number]) => each.Action.includes(rightOfType);
    expect(Statement.filter(ofType)).toHaveLength(1);
    expect(rightsIn(Statement.filter((each) => !ofType(each)))).toEqual(
      ofEachOrdered({ ...privileges.longWorker, ...serverPrivileges.own }, 'preview'),
    );
  });
}
