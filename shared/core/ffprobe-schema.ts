import { z } from 'zod';

const Text = z.string().max(4096);
const Tags = z.record(z.string(), z.string());

/** One stream as `ffprobe -of json -show_streams` writes it, reduced to the fields that are read. */
export const FfprobeStream = z.object({
  index: z.number().int().nonnegative(),
  codec_type: Text.optional(),
  codec_name: Text.optional(),
  codec_tag_string: Text.optional(),
  profile: z.union([Text, z.number()]).optional(),
  level: z.number().optional(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  sample_aspect_ratio: Text.optional(),
  pix_fmt: Text.optional(),
  color_range: Text.optional(),
  color_space: Text.optional(),
  color_transfer: Text.optional(),
  color_primaries: Text.optional(),
  field_order: Text.optional(),
  r_frame_rate: Text.optional(),
  avg_frame_rate: Text.optional(),
  start_time: Text.optional(),
  duration: Text.optional(),
  nb_frames: Text.optional(),
  bit_rate: Text.optional(),
  nb_read_packets: Text.optional(),
  sample_rate: Text.optional(),
  channels: z.number().int().optional(),
  disposition: z.record(z.string(), z.number()).optional(),
  tags: Tags.optional(),
  side_data_list: z
    .array(z.object({ side_data_type: Text.optional(), rotation: z.number().optional() }))
    .optional(),
});
export type FfprobeStream = z.infer<typeof FfprobeStream>;

/** One packet of `-show_packets`: only what is attached to it is read. */
export const FfprobePacket = z.object({
  stream_index: z.number().int().nonnegative(),
  side_data_list: z.array(z.object({ side_data_type: Text.optional() })).optional(),
});

/** The answer of `ffprobe -of json -show_format -show_streams`, with the first packets where asked for. */
export const FfprobeReport = z.object({
  packets: z.array(FfprobePacket).default([]),
  streams: z.array(FfprobeStream).default([]),
  format: z.object({
    format_name: Text,
    start_time: Text.optional(),
    duration: Text.optional(),
    bit_rate: Text.optional(),
    tags: Tags.optional(),
  }),
});
export type FfprobeReport = z.infer<typeof FfprobeReport>;
