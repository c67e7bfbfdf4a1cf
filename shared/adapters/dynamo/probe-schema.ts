import { z } from 'zod';
import type { AudioStream, Probe, VideoStream } from '../../core/probe.ts';
import type { Rational } from '../../core/rational.ts';

export const RationalSchema: z.ZodType<Rational> = z.object({ num: z.number(), den: z.number() });

const VideoStreamSchema: z.ZodType<VideoStream> = z.object({
  ordinal: z.number(),
  codec: z.string(),
  profile: z.string().nullable().default(null),
  level: z.number().nullable().default(null),
  codedWidth: z.number(),
  codedHeight: z.number(),
  width: z.number(),
  height: z.number(),
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  sampleAspectRatio: RationalSchema,
  frameRate: RationalSchema.nullable(),
  nominalFrameRate: RationalSchema.nullable(),
  variableFrameRate: z.boolean(),
  interlaced: z.boolean(),
  pixelFormat: z.string(),
  bitDepth: z.number(),
  hdr: z.enum(['pq', 'hlg']).nullable(),
  colorSpace: z.string().nullable(),
  colorPrimaries: z.string().nullable(),
  colorTransfer: z.string().nullable(),
  colorRange: z.enum(['tv', 'pc']).nullable(),
  startSeconds: z.number(),
  durationSeconds: z.number().nullable(),
  frames: z.number().nullable(),
  bitrate: z.number().nullable().default(null),
});

const AudioStreamSchema: z.ZodType<AudioStream> = z.object({
  ordinal: z.number(),
  codec: z.string(),
  profile: z.string().nullable().default(null),
  channels: z.number(),
  sampleRate: z.number(),
  startSeconds: z.number(),
  durationSeconds: z.number().nullable(),
  frames: z.number().nullable().default(null),
  bitrate: z.number().nullable().default(null),
});

export const ProbeSchema: z.ZodType<Probe> = z.object({
  container: z.string(),
  durationSeconds: z.number().nullable(),
  containerStartSeconds: z.number().nullable(),
  startSeconds: z.number(),
  pictureEndSeconds: z.number().nullable(),
  brokenOff: z.boolean(),
  video: VideoStreamSchema,
  audio: AudioStreamSchema.nullable(),
});
