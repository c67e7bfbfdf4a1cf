import { describe, expect, it } from 'vitest';
import { PACKET_SAMPLES, planAudioPieces } from '../../shared/core/chunks/audio-pieces.ts';
import { canChunk } from '../../shared/core/chunks/can-chunk.ts';
import type { ChunkPlan } from '../../shared/core/chunks/chunk-plan.ts';
import { chunkRange } from '../../shared/core/chunks/chunk-range.ts';
import { chunkShortfall } from '../../shared/core/chunks/chunk-shortfall.ts';
import { keyframeMismatches } from '../../shared/core/chunks/keyframe-check.ts';
import { liesOnGrid } from '../../shared/core/chunks/sound-copy-args.ts';
import { isUnbroken, leadingPackets, pieceStart } from '../../shared/core/chunks/sound-piece-args.ts';
import { soundShortfall } from '../../shared/core/chunks/sound-shortfall.ts';
import { sourceBudget } from '../../shared/core/chunks/source-budget.ts';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { AudioStream, Probe } from '../../shared/core/probe.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

/** 1,000 frames in segments of 144: one, then three times two, then the rest. */
const CHUNKS: ChunkPlan = {
  segmentFrames: 144,
  segmentsPerChunk: 2,
  chunks: 4,
  declaredFrames: 1000,
  audio: { copy: false, packetsPerPiece: 100, pieces: 2 },
};
const RATE = { num: 24, den: 1 };

describe('the frames of a chunk', () => {
  it('are whole segments, one in the first, what there is in the last', () => {
    expect([0, 1, 2, 3].map((index) => chunkRange(CHUNKS, index))).toEqual([
      { first: 0, frames: 144 },
      { first: 144, frames: 288 },
      { first: 432, frames: 288 },
      { first: 720, frames: null },
    ]);
    expect(chunkRange({ ...CHUNKS, chunks: 1 }, 0)).toEqual({ first: 0, frames: null });
  });

  it.each([-1, 4, 0.5])('are none of chunk %s', (index) => {
    expect(() => chunkRange(CHUNKS, index)).toThrow(RangeError);
  });

  it.each([
    [0, 144, true],
    [0, 143, false],
    [1, 288, true],
    [1, 289, false],
    [3, 280, true],
    [3, 271, true],
    [3, 0, false],
    [3, 260, false],
    [3, 300, false],
  ])('of chunk %i are %i: %s', (index, made, expected) => {
    expect(chunkShortfall(CHUNKS, index, { made, frameRate: RATE }) === null).toBe(expected);
  });
});

describe('a source', () => {
  const judge = (change: Partial<Probe>) => {
    const probe = { ...PROBE, ...change };
    return canChunk(probe, planJob(probe, DEFAULT_PROFILE, 'hash'));
  };
  const interlaced = { video: { ...PROBE.video, interlaced: true } };
  const lateVideo = { video: { ...PROBE.video, startSeconds: 0.08 } };
  const lengthless = { durationSeconds: null, video: { ...PROBE.video, durationSeconds: null } };

  it.each([
    ['an MP4', {}, true],
    ['Matroska', { container: 'matroska,webm' }, true],
    ['a transport stream', { container: 'mpegts' }, true],
    ['a transport stream whose sound begins first', { container: 'mpegts', ...lateVideo }, false],
    ['interlaced', interlaced, true],
    ['an AVI', { container: 'avi' }, false],
    ['a program stream', { container: 'mpeg' }, false],
    ['broken off', { brokenOff: true }, false],
    ['one that does not say when it begins', { containerStartSeconds: null }, false],
    ['one that does not say how long it is', lengthless, false],
  ] as const)('that is %s may be cut: %s %s', (_name, change, expected) => {
    expect(judge(change)).toBe(expected);
  });
});

describe('the bytes that a chunk may read', () => {
  const budget = (task: string) => sourceBudget({ ...PLAN, chunks: CHUNKS }, task, 10_000_000_000);
  const FLOOR = 64 * 1024 * 1024;

  it('are some times its share of the file, and a floor', () => {
    expect(['chunk-00000', 'chunk-00001', 'chunk-00003', 'audio-00001'].map(budget)).toEqual([
      FLOOR + 11_520_000_000,
      FLOOR + 11_520_000_000,
      FLOOR + 11_520_000_000,
      FLOOR + 20_000_000_000,
    ]);
  });

  it('are not limited for other tasks', () => {
    expect([budget('480p'), sourceBudget(PLAN, 'chunk-00000', 1)]).toEqual([undefined, undefined]);
  });
});

describe('the keyframes of a chunk', () => {
  const [rendition] = PLAN.renditions;
  if (!rendition) throw new Error('no rendition');
  const checked = { file: '', rendition, first: 144, frames: 50 };
  const text = (size: string, ...lines: string[]) => [`#dimensions 0: ${size}`, ...lines, ''].join('\n');
  const BYTES = 614_880;

  it.each([
    ['as planned', text('854x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`), 0],
    [
      'of another size',
      text('850x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`),
      1,
    ],
    ['too few', text('854x480', `0, 0, 6000000, 0, ${BYTES}, 0x1`), 1],
    ['uneven', text('854x480', `0, 0, 6041667, 0, ${BYTES}, 0x1`, `0, 0, 8000000, 0, ${BYTES}, 0x1`), 1],
    [
      'later, all as much',
      text('854x480', `0, 0, 6083333, 0, ${BYTES}, 0x1`, `0, 0, 8083333, 0, ${BYTES}, 0x1`),
      0,
    ],
    ['early', text('854x480', `0, 0, 5958333, 0, ${BYTES}, 0x1`, `0, 0, 7958333, 0, ${BYTES}, 0x1`), 1],
    ['of 10 bits', text('854x480', '0, 0, 6000000, 0, 1229760, 0x1', '0, 0, 8000000, 0, 1229760, 0x1'), 1],
    ['none', '', 3],
  ])('that are %s give %#', (_name, found, mismatches) => {
    expect(keyframeMismatches(found, [checked])).toHaveLength(mismatches);
  });
});

describe('pieces of sound', () => {
  const HOUR = 3600;
  const pieces = (change: Partial<AudioStream>, seconds = HOUR, probed: Partial<Probe> = {}) => {
    const rate = change.sampleRate ?? 48_000;
    const frames = Math.ceil((seconds * rate) / PACKET_SAMPLES) + 1;
    const audio = { ...soundOf(PROBE), channels: 6, durationSeconds: seconds, frames, ...change };
    const probe = { ...PROBE, ...probed, durationSeconds: seconds, audio };
    return planAudioPieces(probe, PLAN, 144);
  };
  const ONE = { packetsPerPiece: Number.MAX_SAFE_INTEGER, pieces: 1 };

  it('are of about five minutes, end with segments, and are one where the sound is short', () => {
    expect(pieces({})).toEqual({ copy: false, packetsPerPiece: 13_500, pieces: 13 });
    expect(pieces({}, 400)).toEqual({ copy: false, ...ONE });
    expect(pieces({ codec: 'pcm_s16le', profile: null, frames: HOUR * 48_000 })?.pieces).toBe(13);
    expect(pieces({ codec: 'ac3', profile: null, frames: (HOUR * 48_000) / 1536 })?.pieces).toBe(13);
  });

  it.each([
    ['stereo', { channels: 2 }, true],
    ['of 44.1 kHz', { channels: 2, sampleRate: 44_100 }, true],
    ['of six channels', {}, false],
    ['of one channel', { channels: 1 }, false],
    ['of another profile', { channels: 2, profile: 'HE-AAC' }, false],
    ['of many bits', { channels: 2, bitrate: 256_000 }, false],
    ['of unknown bits', { channels: 2, bitrate: null }, false],
    ['of 32 kHz', { channels: 2, sampleRate: 32_000 }, false],
    ['late', { channels: 2, startSeconds: 0.02 }, false],
    ['with gaps', { channels: 2, frames: 168_000 }, false],
  ] as const)('are copied of AAC %s: %s %s', (_name, change, copy) => {
    expect(pieces(change)?.copy).toBe(copy);
  });

  it.each([
    ['it begins late', pieces({ startSeconds: 0.5 })],
    ['it has gaps', pieces({ frames: 168_000 })],
    ['an edit list hides much of it', pieces({ frames: 169_000 })],
    ['its frames are of no one length', pieces({ codec: 'vorbis', profile: null })],
    ['its times are rounded', pieces({}, HOUR, { container: 'matroska,webm' })],
  ])('are one when %s', (_name, plan) => {
    expect(plan).toEqual({ copy: false, ...ONE });
  });

  it('are none of a silent source', () => {
    expect(planAudioPieces({ ...PROBE, audio: null }, PLAN, 144)).toBeNull();
  });

  it('begin at a sample of the source that is one of theirs', () => {
    const plan = { audioOrdinal: 0, bitrate: 128_000, sampleRate: 48_000 };
    const stream = soundOf(PROBE);
    const start = (first: number, sampleRate: number) =>
      pieceStart({ plan, audio: { ...stream, sampleRate }, range: { first, packets: null } });
    expect(start(0, 48_000)).toEqual({ source: 0, output: 0 });
    expect(start(1128, 48_000)).toEqual({ source: 1_024_000, output: 1_024_000 });
    expect(start(1129, 44_100)).toEqual({ source: 147 * Math.floor(1_025_024 / 160), output: 1_025_024 });
    expect([0, 5, 1128].map((first) => leadingPackets({ first, packets: null }))).toEqual([1, 6, 129]);
  });

  it.each([
    ['0, 480, 480, 1024, 4096, 0x1\n0, 1504, 1504, 1024, 4096, 0x1\n', true],
    ['0, 481, 481, 1024, 4096, 0x1\n', false],
    ['0, 480, 480, 1024, 4096, 0x1\n0, 1505, 1505, 1024, 4096, 0x1\n', false],
    ['', false],
  ])('are made of %j: %s', (text, expected) => {
    expect(isUnbroken(text, 480)).toBe(expected);
  });

  it.each([
    ['0, -1024, -1024, 1024, 300, 0x1\n0, 0, 0, 1024, 300, 0x1\n0, 1024, 1024, 992, 300, 0x1\n', true],
    ['0, -2112, -2112, 1024, 300, 0x1\n0, -1088, -1088, 1024, 300, 0x1\n', false],
    ['0, 0, 0, 1024, 300, 0x1\n0, 2048, 2048, 1024, 300, 0x1\n', false],
    ['0, 1024, 1024, 1024, 300, 0x1\n', false],
  ])('are copied of packets %j: %s', (lines, expected) => {
    expect(liesOnGrid(`#tb 0: 1/48000\n${lines}`, 48_000)).toBe(expected);
    expect(liesOnGrid(`#tb 0: 1/44100\n${lines}`, 48_000)).toBe(false);
  });

  it('must hold what the source declares', () => {
    const stream = soundOf(PROBE);
    expect(soundShortfall(stream, PROBE, 9.8)).toBeNull();
    expect(soundShortfall(stream, PROBE, 9.7)).toBe('the sound ends after 9.7 seconds of 10.0');
    expect(soundShortfall({ ...stream, durationSeconds: null }, PROBE, 0)).toBe('no sound could be decoded');
  });
});

function soundOf({ audio }: Probe): AudioStream {
  if (audio === null) throw new Error('no sound');
  return audio;
}
