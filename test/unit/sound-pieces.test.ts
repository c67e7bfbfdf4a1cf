import { describe, expect, it } from 'vitest';
import { PACKET_SAMPLES, pieceRange, planAudioPieces } from '../../shared/core/chunks/audio-pieces.ts';
import { packetPlaces, soundCopyArgs } from '../../shared/core/chunks/sound-copy-args.ts';
import { isUnbroken, leadingPackets, pieceStart } from '../../shared/core/chunks/sound-piece-args.ts';
import { soundShortfall } from '../../shared/core/chunks/sound-shortfall.ts';
import type { AudioStream, Probe } from '../../shared/core/probe.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

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

  it('are of about a minute, end with segments, and are one where the sound is short', () => {
    expect(pieces({})).toEqual({ copy: false, packetsPerPiece: 2250, pieces: 75 });
    expect(pieces({}, 70)).toEqual({ copy: false, ...ONE });
    expect(pieces({ codec: 'pcm_s16le', profile: null, frames: HOUR * 48_000 })?.pieces).toBe(75);
    expect(pieces({ codec: 'ac3', profile: null, frames: (HOUR * 48_000) / 1536 })?.pieces).toBe(75);
    expect(pieces({ channels: 2 })).toEqual({ copy: true, packetsPerPiece: 2250, pieces: 75 });
    expect(pieces({ channels: 2, sampleRate: 44_100 })).toEqual({
      copy: true,
      packetsPerPiece: 2584,
      pieces: 60,
    });
  });

  it('are of the same length but the last, also at another rate', () => {
    const plan = { copy: true, packetsPerPiece: 2584, pieces: 3 };
    expect([0, 1, 2].map((index) => pieceRange(plan, index))).toEqual([
      { first: 0, packets: 2584 },
      { first: 2584, packets: 2584 },
      { first: 5168, packets: null },
    ]);
    expect(pieceRange(plan, 2, 48_000 / 44_100)).toEqual({ first: 5626, packets: null });
    expect(pieceRange({ ...plan, ...ONE }, 0, 48_000 / 44_100)).toEqual({ first: 0, packets: null });
    expect(() => pieceRange(plan, 3)).toThrow(RangeError);
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
    [[-1024, 0, 1024], { first: 0, packets: null }, { kind: 'onGrid', leading: 1 }],
    [[4096, 5120, 6144], { first: 5, packets: 2 }, { kind: 'onGrid', leading: 1 }],
    [[-2112, -1088, -64], { first: 0, packets: null }, { kind: 'offGrid' }],
    [[4032, 5056, 6080], { first: 5, packets: 2 }, { kind: 'offGrid' }],
    [[0, 2048], { first: 0, packets: null }, { kind: 'broken' }],
    [[4032, 5056, 6081], { first: 5, packets: 2 }, { kind: 'broken' }],
    [[1024], { first: 0, packets: null }, { kind: 'broken' }],
    [[0, 1024], { first: 2, packets: 1 }, { kind: 'broken' }],
    [[], { first: 0, packets: null }, { kind: 'broken' }],
  ])('are copied of packets at %j for %j: %j', (times, range, expected) => {
    const lines = times.map((at) => `0, ${at}, ${at}, 1024, 300, 0x1\n`).join('');
    expect(packetPlaces(`#tb 0: 1/48000\n${lines}`, range, 48_000)).toEqual(expected);
    expect(packetPlaces(`#tb 0: 1/44100\n${lines}`, range, 48_000)).toEqual({ kind: 'offGrid' });
  });

  it('are copied from a little before to a little behind', () => {
    const plan = { audioOrdinal: 0, bitrate: 128_000, sampleRate: 48_000 };
    const files = { input: { url: 'file:a', protocols: 'file' }, outputFile: 'b', packetsFile: 'c' };
    const bounds = (first: number, packets: number | null) => {
      const args = soundCopyArgs({ plan, ...files, range: { first, packets }, sampleRate: 48_000 });
      return ['-ss', '-to', '-copypriorss'].map((name) =>
        args.includes(name) ? args[args.indexOf(name) + 1] : null,
      );
    };
    expect(bounds(0, 2250)).toEqual([null, '48.170667', null]);
    expect(bounds(2250, 2250)).toEqual(['47.829333', '96.170667', '0']);
    expect(bounds(4500, null)).toEqual(['95.829333', null, '0']);
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
