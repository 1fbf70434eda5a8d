import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { addDashboard, bodyOf } from '../../../infra/metrics-dashboard.ts';
import { meteredQueues, metrics } from '../../../shared/domain/observe/metrics.ts';

const id = z.string().regex(/^[a-z]\w*$/);
const expression = z.tuple([z.strictObject({ id, expression: z.string(), label: z.string() })]);
const metric = z.tuple([
  z.string(),
  z.enum(Object.keys(metrics)),
  z.literal('Queue'),
  z.enum(meteredQueues),
  z.strictObject({
    id: id.optional(),
    stat: z.enum(['Sum', 'p50', 'p95']),
    label: z.string().optional(),
    visible: z.boolean().optional(),
  }),
]);
/**
 * What CloudWatch publishes of a body, as prose: there is no schema.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
const body = z.strictObject({
  start: z.string().regex(/^-P\d+D$/),
  widgets: z
    .array(
      z.strictObject({
        type: z.literal('metric'),
        x: z.int().min(0).max(23),
        y: z.int().min(0),
        width: z.int().min(1).max(24),
        height: z.int().min(1).max(1000),
        properties: z.strictObject({
          title: z.string(),
          region: z.string(),
          view: z.enum(['timeSeries', 'singleValue']),
          stacked: z.boolean(),
          period: z.int().multipleOf(60),
          metrics: z.array(z.union([expression, metric])).max(100),
          yAxis: z.strictObject({
            left: z.strictObject({ min: z.number(), label: z.string(), showUnits: z.boolean() }),
          }),
        }),
      }),
    )
    .max(500),
});

test.each([true, false])(
  'a body is as CloudWatch takes it, of metrics that are emitted; by type: %s',
  (isByType) => {
    const { widgets } = body.parse(bodyOf(isByType));
    expect(widgets).toHaveLength(5 * 2 + 1 + (isByType ? 6 : 0));
    const drawn = widgets.flatMap(({ properties }) => properties.metrics.filter(({ length }) => length > 1));
    expect(drawn).toHaveLength(61);
    for (const { properties } of widgets) {
      const ids = properties.metrics.flatMap((series) => series.at(-1)?.valueOf() ?? []);
      const known = ids.flatMap((one) => (typeof one === 'object' && 'id' in one ? [String(one.id)] : []));
      expect(new Set(known).size).toBe(known.length);
      for (const series of properties.metrics) {
        if (series.length !== 1 || series[0].expression.startsWith('SEARCH')) continue;
        const used = series[0].expression.match(/\b[a-z]+\b/g) ?? [];
        for (const each of used) expect(known).toContain(each);
      }
    }
  },
);

test('only a stage that asks for it, and has metrics, has a dashboard', () => {
  const added = (parameters: object) => {
    const resources: Parameters<typeof addDashboard>[0] = { Resources: {} };
    addDashboard(resources, { ...parameters });
    return Object.keys(resources.Resources ?? {});
  };
  expect(added({ dashboard: true })).toEqual(['Dashboard']);
  expect(added({ dashboard: 'false' })).toEqual([]);
  expect(added({ dashboard: 'true', metrics: 'false' })).toEqual([]);
});
