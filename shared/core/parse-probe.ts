import { MillraceError } from './errors.ts';
import { FfprobeReport, type FfprobeStream } from './ffprobe-schema.ts';
import { bitDepthOf, clockwiseRotation, parseCount, parseRatio, parseSeconds } from './ffprobe-values.ts';
import type { AudioStream, HdrTransfer, Probe, VideoStream } from './probe.ts';
import { type Rational, toNumber } from './rational.ts';
import { declaredPictureEnd, presentationLength, type Spans, streamLength } from './stream-spans.ts';
import { videoBitrate } from './video-bitrate.ts';

/** What a source may be at most. */
export interface ProbeLimits {
  /** Pixels of one frame. */
  readonly maxPixels: number;
  /** Presentation length. */
  readonly maxSeconds: number;
}

const IMAGE_BRANDS = new Set(['avif', 'heic', 'heix', 'heim', 'heis', 'mif1']);
const ENCRYPTED_TAGS = new Set(['encv', 'enca', 'drmi', 'drms']);
const SQUARE: Rational = { num: 1, den: 1 };
/** A sample this much wider than high, or the reverse, is a broken header and not a picture. */
const MAX_SAMPLE_ASPECT = 10;
const MAX_NOMINAL_RATE = 1000;

/**
 * Reduces ffprobe's JSON to what the service uses.
 * @param brokenOff whether the file is known to end in the middle of what it announces
 * @throws MillraceError `input.unsupported`, `input.no_video`, `input.encrypted`, `input.corrupt`,
 * `input.too_many_pixels`, `input.too_long`
 */
export function parseProbe(json: unknown, limits: ProbeLimits, brokenOff = false): Probe {
  const parsed = FfprobeReport.safeParse(json);
  if (!parsed.success) {
    throw new MillraceError('input.corrupt', "The file's headers could not be read as those of a video.", {
      cause: parsed.error,
    });
  }
  const { format, packets, streams } = parsed.data;
  if (IMAGE_BRANDS.has((format.tags?.['major_brand'] ?? '').trim())) {
    throw new MillraceError('input.unsupported', 'The file is a still image; a video was expected.');
  }
  const declaresEnds = /^(matroska|flv)/.test(format.format_name);
  const spans = { declaresEnds, containerDuration: parseSeconds(format.duration) };

  const encryptedTracks = new Set(
    packets
      .filter((packet) => packet.side_data_list?.some((data) => data.side_data_type === 'Encryption info'))
      .map((packet) => packet.stream_index),
  );
  // The original codec's tag may stand where `encv` was, so the packets are asked as well.
  const isEncrypted = (stream: FfprobeStream) =>
    ENCRYPTED_TAGS.has(stream.codec_tag_string ?? '') ||
    stream.tags?.['enc_key_id'] !== undefined ||
    encryptedTracks.has(stream.index);

  const videos = streams.filter((stream) => stream.codec_type === 'video');
  const videoOrdinal = videos.findIndex((stream) => stream.disposition?.['attached_pic'] !== 1);
  const rawVideo = videos[videoOrdinal];
  if (!rawVideo) {
    const hasSound = streams.some((stream) => stream.codec_type === 'audio');
    if (!hasSound && streams.every(isHollow)) {
      throw new MillraceError(
        'input.corrupt',
        'The file begins like a video, but what describes its tracks is missing.',
      );
    }
    const found = hasSound ? 'only sound' : 'no track that can be shown';
    throw new MillraceError('input.no_video', `The file has no video track; it holds ${found}.`);
  }
  const audios = streams.filter((stream) => stream.codec_type === 'audio');
  const audioOrdinal = audios.findIndex(
    (stream) => isKnownCodec(stream) && !isEncrypted(stream) && (stream.channels ?? 0) > 0,
  );
  if (isEncrypted(rawVideo) || (audioOrdinal === -1 && audios.some(isEncrypted))) {
    throw new MillraceError(
      'input.encrypted',
      'The file is copy-protected (encrypted) and cannot be decoded.',
    );
  }

  const video = parseVideo(rawVideo, videoOrdinal, spans, limits, videoBitrate(rawVideo, parsed.data));
  const rawAudio = audios[audioOrdinal];
  const audio = rawAudio ? parseAudio(rawAudio, audioOrdinal, spans) : null;
  const used = audio ? [video, audio] : [video];
  const startSeconds = Math.min(...used.map((stream) => stream.startSeconds));
  const durationSeconds = presentationLength(used, startSeconds, spans);
  if (durationSeconds !== null && durationSeconds > limits.maxSeconds) {
    throw new MillraceError(
      'input.too_long',
      `The video lasts ${Math.round(durationSeconds)} seconds; at most ${limits.maxSeconds} are allowed.`,
    );
  }
  return {
    container: format.format_name,
    durationSeconds,
    containerStartSeconds: parseSeconds(format.start_time),
    startSeconds,
    pictureEndSeconds:
      brokenOff || !format.format_name.startsWith('matroska')
        ? null
        : declaredPictureEnd(used, startSeconds, durationSeconds, spans),
    brokenOff,
    video,
    audio,
  };
}

function parseVideo(
  stream: FfprobeStream,
  ordinal: number,
  spans: Spans,
  limits: ProbeLimits,
  bitrate: number | null,
): VideoStream {
  const codec = stream.codec_name;
  if (codec === undefined || !isKnownCodec(stream)) {
    throw new MillraceError(
      'input.unsupported',
      "The video track's compression format is not known; H.264, HEVC, VP9, AV1, MPEG-2 and many others are.",
    );
  }
  const codedWidth = stream.width ?? 0;
  const codedHeight = stream.height ?? 0;
  if (codedWidth <= 0 || codedHeight <= 0) {
    throw new MillraceError('input.corrupt', 'The video track does not say how large its picture is.');
  }
  if (codedWidth * codedHeight > limits.maxPixels) {
    throw new MillraceError(
      'input.too_many_pixels',
      `The picture has ${codedWidth}x${codedHeight} pixels; at most ${limits.maxPixels} pixels a frame are allowed.`,
    );
  }
  const sampleAspectRatio = saneAspect(parseRatio(stream.sample_aspect_ratio, ':'));
  const rotation = clockwiseRotation(stream);
  const shownWidth = Math.max(1, Math.round(codedWidth * toNumber(sampleAspectRatio)));
  const turned = rotation === 90 || rotation === 270;
  const interlaced = ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? '');
  const frameRate = parseRatio(stream.avg_frame_rate, '/');
  const nominal = parseRatio(stream.r_frame_rate, '/');
  const nominalFrameRate = nominal && toNumber(nominal) <= MAX_NOMINAL_RATE ? nominal : null;
  const pixelFormat = stream.pix_fmt ?? 'unknown';
  const startSeconds = parseSeconds(stream.start_time) ?? 0;
  return {
    ordinal,
    codec,
    profile: typeof stream.profile === 'string' ? known(stream.profile) : null,
    level: stream.level ?? null,
    codedWidth,
    codedHeight,
    width: turned ? codedHeight : shownWidth,
    height: turned ? shownWidth : codedHeight,
    rotation,
    sampleAspectRatio,
    frameRate,
    nominalFrameRate,
    variableFrameRate: isVariable(frameRate, nominal, stream.field_order !== 'progressive'),
    interlaced,
    pixelFormat,
    bitDepth: bitDepthOf(pixelFormat),
    hdr: hdrTransfer(stream.color_transfer),
    colorSpace: known(stream.color_space),
    colorPrimaries: known(stream.color_primaries),
    colorTransfer: known(stream.color_transfer),
    colorRange: stream.color_range === 'tv' || stream.color_range === 'pc' ? stream.color_range : null,
    startSeconds,
    durationSeconds: streamLength(stream, startSeconds, spans),
    frames: parseCount(stream.nb_frames),
    bitrate,
  };
}

function parseAudio(stream: FfprobeStream, ordinal: number, spans: Spans): AudioStream {
  const startSeconds = parseSeconds(stream.start_time) ?? 0;
  return {
    ordinal,
    codec: stream.codec_name ?? 'unknown',
    profile: stream.profile === undefined ? null : known(String(stream.profile)),
    channels: stream.channels ?? 0,
    sampleRate: parseCount(stream.sample_rate) ?? 0,
    startSeconds,
    durationSeconds: streamLength(stream, startSeconds, spans),
    frames: parseCount(stream.nb_frames),
    bitrate: parseCount(stream.bit_rate),
  };
}

function isKnownCodec(stream: FfprobeStream): boolean {
  return stream.codec_name !== undefined && stream.codec_name !== 'unknown' && stream.codec_name !== 'none';
}

/** A track that was announced, but whose description the file does not hold. */
function isHollow(stream: FfprobeStream): boolean {
  return !isKnownCodec(stream) && (stream.codec_tag_string ?? '[0][0][0][0]') === '[0][0][0][0]';
}

function saneAspect(ratio: Rational | null): Rational {
  if (ratio === null) return SQUARE;
  const value = toNumber(ratio);
  return value > MAX_SAMPLE_ASPECT || value < 1 / MAX_SAMPLE_ASPECT ? SQUARE : ratio;
}

function isVariable(average: Rational | null, nominal: Rational | null, mayHaveFields: boolean): boolean {
  if (!average || !nominal) return false;
  const ratio = toNumber(nominal) / toNumber(average);
  // Codecs that may carry fields state the field rate as the nominal one.
  const countsFields = mayHaveFields && Math.abs(ratio - 2) <= 0.01;
  return Math.abs(ratio - 1) > 0.005 && !countsFields;
}

function hdrTransfer(transfer: string | undefined): HdrTransfer | null {
  if (transfer === 'smpte2084') return 'pq';
  return transfer === 'arib-std-b67' ? 'hlg' : null;
}

function known(value: string | undefined): string | null {
  return value === undefined || value === 'unknown' || value === 'reserved' ? null : value;
}
