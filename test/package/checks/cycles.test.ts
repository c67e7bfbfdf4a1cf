import { expect, it } from 'vitest';
import { findCycle } from './cycles.ts';
import { Template } from './template.ts';

const QUEUE = 'AWS::SQS::Queue';

it.each([
  ['of one', { A: { Type: QUEUE, Properties: { x: { Ref: 'A' } } } }, ['A', 'A']],
  [
    'over references and dependencies',
    {
      Z: { Type: QUEUE, DependsOn: 'A' },
      A: { Type: QUEUE, Properties: { x: { 'Fn::GetAtt': ['B', 'Arn'] } } },
      B: { Type: QUEUE, DependsOn: ['C'] },
      C: { Type: QUEUE, Properties: { deep: [{ x: { 'Fn::Sub': `a-\${A.Arn}` } }] } },
    },
    ['A', 'B', 'C', 'A'],
  ],
])('finds a circle %s', (_, resources, cycle) => {
  expect(findCycle(Template.parse({ Resources: resources }))).toEqual(cycle);
});

it('is content with a diamond', () => {
  const resources = {
    A: { Type: QUEUE, DependsOn: ['B', 'C'] },
    B: { Type: QUEUE, Properties: { x: { Ref: 'D' } } },
    C: { Type: QUEUE, Properties: { x: { Ref: 'D' } } },
    D: { Type: QUEUE, Properties: { x: { Ref: 'AWS::Region' } } },
  };
  expect(findCycle(Template.parse({ Resources: resources }))).toEqual([]);
});
