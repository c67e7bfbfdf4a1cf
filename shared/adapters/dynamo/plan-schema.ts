import { z } from 'zod';
import type { ChunkPlan } from '../../core/chunks/chunk-plan.ts';
import { DEFAULT_PROFILE, PRESETS } from '../../core/ladder.ts';
import type { AudioPlan, PicturePlan, Plan, RenditionPlan, ThumbnailsPlan } from '../../core/plan.ts';
import { RationalSchema } from './probe-schema.ts';

const RenditionPlanSchema: z.ZodType<RenditionPlan> = z.object({
  name: z.string(),
  width: z.number(),
  height: z.number(),
  frameRate: RationalSchema,
  gopFrames: z.number(),
  maxBitrate: z.number(),
  preset: z.enum(PRESETS),
  crf: z.number(),
  passThrough: z.boolean().default(false),
});

const PicturePlanSchema: z.ZodType<PicturePlan> = z.object({
  videoOrdinal: z.number(),
  deinterlace: z.boolean(),
  tonemap: z.enum(['pq', 'hlg']).nullable(),
  colorSpace: z.string(),
  colorRange: z.enum(['tv', 'pc']),
});

const AudioPlanSchema: z.ZodType<AudioPlan> = z.object({
  audioOrdinal: z.number(),
  bitrate: z.number(),
  sampleRate: z.number(),
});

const ThumbnailsPlanSchema: z.ZodType<ThumbnailsPlan> = z.object({
  poster: z.object({ width: z.number(), height: z.number() }),
  storyboard: z.object({
    intervalSeconds: z.number(),
    tileWidth: z.number(),
    tileHeight: z.number(),
    columns: z.number(),
    rows: z.number(),
  }),
});

const ChunkPlanSchema: z.ZodType<ChunkPlan> = z.object({
  segmentFrames: z.number(),
  segmentsPerChunk: z.number(),
  chunks: z.number(),
  declaredFrames: z.number(),
  audio: z.object({ copy: z.boolean(), packetsPerPiece: z.number(), pieces: z.number() }).nullable(),
});

export const PlanSchema: z.ZodType<Plan> = z.object({
  profileHash: z.string(),
  durationSeconds: z.number().nullable(),
  picture: PicturePlanSchema,
  audio: AudioPlanSchema.nullable(),
  renditions: z.array(RenditionPlanSchema),
  gopsPerSegment: z.number().default(DEFAULT_PROFILE.gopsPerSegment),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  thumbnails: ThumbnailsPlanSchema,
  chunks: ChunkPlanSchema.nullable().default(null),
});
