import { describeEnumeration } from './enumeration.suite.ts';

await describeEnumeration({ title: 'objects', parts: ['objects'], moreThan: 4 });
