import { describe, expect, it } from 'vitest';
import { PlanSchema } from '../../shared/adapters/dynamo/plan-schema.ts';
import { PLAN } from '../fixtures/jobs.ts';

describe('a recorded plan', () => {
  it('is read as it was written', () => {
    expect(PlanSchema.parse(JSON.parse(JSON.stringify(PLAN)))).toEqual(PLAN);
  });

  it('has the segments of the default profile and no chunks where it does not say', () => {
    const { gopsPerSegment: _segment, chunks: _chunks, ...old } = PLAN;
    expect(PlanSchema.parse(old)).toEqual(PLAN);
  });
});
