import { z } from 'zod';
import { DISPATCH_STEPS, JOB_STATES, type JobHeader, LANES, type Source } from '../../core/job.ts';
import { boundedError, boundedText } from './bounded-text.ts';
import { headerKey, indexPkOf, timeSk } from './item-keys.ts';
import { JobErrorSchema, OutputSchema } from './output-schema.ts';
import { PlanSchema } from './plan-schema.ts';
import { ProbeSchema } from './probe-schema.ts';
import type { Retention } from './retention.ts';
import { withoutNulls } from './without-nulls.ts';

const SourceSchema: z.ZodType<Source> = z.object({
  bucket: z.string(),
  key: z.string(),
  size: z.number(),
  etag: z.string(),
  versionId: z.string().nullable(),
  sequencer: z.string(),
});

const HeaderSchema: z.ZodType<JobHeader> = z.object({
  id: z.string(),
  state: z.enum(JOB_STATES),
  step: z.enum(DISPATCH_STEPS),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.number(),
  profileHash: z.string(),
  source: SourceSchema,
  probe: ProbeSchema.nullable().default(null),
  plan: PlanSchema.nullable().default(null),
  lane: z.enum(LANES),
  laneReason: z.string(),
  error: JobErrorSchema.nullable().default(null),
  playlist: OutputSchema.nullable().default(null),
  manifest: OutputSchema.nullable().default(null),
  announcedAt: z.string().nullable().default(null),
});

/** A header as the table holds it, in the list index and in the sweep's. */
export function headerToItem(header: JobHeader, retention: Retention): Record<string, unknown> {
  return {
    ...headerKey(header.id),
    ...withoutNulls({
      ...header,
      laneReason: boundedText(header.laneReason),
      error: header.error && boundedError(header.error),
    }),
    listPk: indexPkOf('JOBS', header.id),
    listSk: timeSk(header.createdAt, header.id),
    openPk: indexPkOf('OPEN', header.id),
    openSk: timeSk(header.createdAt, header.id),
    ...retention.job(Date.parse(header.createdAt)),
  };
}

export function headerFromItem(item: unknown): JobHeader {
  return HeaderSchema.parse(item);
}
