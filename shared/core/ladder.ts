/** One rung of the ladder. Data, not code: add a rendition by adding a rung. */
export interface Rung {
  /** Name of the rendition, its task and its file: `<name>.mp4`. */
  readonly name: string;
  /** Short side of the picture in pixels (the height of a landscape video). */
  readonly shortSide: number;
  /** Peak video bitrate in bits per second at up to 30 frames per second. */
  readonly maxBitrate: number;
}

/** x264 presets, fastest first. */
export const PRESETS = [
  'ultrafast',
  'superfast',
  'veryfast',
  'faster',
  'fast',
  'medium',
  'slow',
  'slower',
  'veryslow',
] as const;
export type Preset = (typeof PRESETS)[number];

/** Everything that decides what the outputs look like; its hash is part of a job's identity. */
export interface Profile {
  /** Lowest rung first. */
  readonly rungs: readonly Rung[];
  readonly preset: Preset;
  /** x264 constant rate factor, 0 to 51; lower is better and larger. */
  readonly crf: number;
  /** Factor on `maxBitrate` above 30 frames per second. */
  readonly highFrameRateFactor: number;
  /** Frames per second; faster sources are brought down to it. */
  readonly maxFrameRate: number;
  /** GOP length in seconds; GOP frames = round(gopSeconds * fps). */
  readonly gopSeconds: number;
  /** GOPs per segment; a chunk is whole segments. */
  readonly gopsPerSegment: number;
  /** Whether a source's own picture is copied, not encoded, where it is what a rung would be. */
  readonly passThrough: boolean;
  /** AAC-LC stereo, bits per second. */
  readonly audioBitrate: number;
  /** Hertz. */
  readonly audioSampleRate: number;
}

export const DEFAULT_PROFILE: Profile = {
  rungs: [
    { name: '480p', shortSide: 480, maxBitrate: 1_500_000 },
    { name: '720p', shortSide: 720, maxBitrate: 3_500_000 },
    { name: '1080p', shortSide: 1080, maxBitrate: 6_000_000 },
  ],
  preset: 'veryfast',
  crf: 23,
  highFrameRateFactor: 1.5,
  maxFrameRate: 60,
  gopSeconds: 2,
  gopsPerSegment: 3,
  passThrough: false,
  audioBitrate: 128_000,
  audioSampleRate: 48_000,
};

/** Names the profile's content: same content, same hash, whatever the order of its fields. First 16 hex digits of `sha256`. */
export function profileHash(profile: Profile, sha256: (text: string) => string): string {
  return sha256(canonicalJson(profile)).slice(0, 16);
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
