import { describe, expect, it } from 'vitest';
import { assessSource } from '../../shared/core/assess-source.ts';
import type { OutputFacts } from '../../shared/core/ports/media.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { verifyRendition } from '../../shared/core/verify-rendition.ts';
import { PLAN, PROBE } from '../fixtures/jobs.ts';

const FACTS: OutputFacts = {
  width: 854,
  height: 480,
  pixelFormat: 'yuv420p',
  videoCodec: 'h264',
  frames: 240,
  videoStartSeconds: 0,
  videoEndSeconds: 10,
  audioCodec: 'aac',
  audioStartSeconds: 0,
  audioEndSeconds: 10.01,
  durationSeconds: 10.01,
  codecs: 'avc1.64001f,mp4a.40.2',
  faststart: true,
};
const RUN = { frames: 240, outSeconds: 10, errors: [], errorCount: 0 };

describe('verifyRendition', () => {
  const verify = (facts: Partial<OutputFacts>, audio = PLAN.audio) => {
    const rendition = PLAN.renditions[0];
    if (!rendition) throw new Error('The plan has renditions.');
    return verifyRendition({ ...FACTS, ...facts }, { rendition, audio, run: RUN });
  };

  it('accepts what is as planned', () => {
    expect(verify({})).toEqual([]);
    expect(
      verify({ audioCodec: null, audioStartSeconds: null, audioEndSeconds: null, durationSeconds: 10 }, null),
    ).toEqual([]);
  });

  it.each([
    ['picture size', { width: 852 }, '854x480', '852x480'],
    ['video codec', { videoCodec: 'hevc' }, 'h264', 'hevc'],
    ['pixel format', { pixelFormat: 'yuv444p' }, 'yuv420p', 'yuv444p'],
    ['start of the picture', { videoStartSeconds: 0.1 }, '0.000 s', '0.100 s'],
    ['end of the picture', { videoEndSeconds: 9.5 }, '10.000 s', '9.500 s'],
    ['length', { durationSeconds: 12 }, '10.010 s', '12.000 s'],
    ['index before the media data', { faststart: false }, 'true', 'false'],
    ['audio codec', { audioCodec: 'mp3' }, 'aac', 'mp3'],
    ['start of the sound', { audioStartSeconds: 0.2 }, '0.000 s', '0.200 s'],
  ])('names the %s', (what, facts, expected, found) => {
    expect(verify(facts)).toEqual([{ what, expected, found }]);
  });

  it('counts the frames that reached the file', () => {
    expect(verify({ frames: 200, videoEndSeconds: 200 / 24 })).toEqual([
      { what: 'number of frames', expected: '240', found: '200' },
    ]);
  });

  it('expects no sound where none is planned', () => {
    expect(verify({}, null)).toEqual([{ what: 'audio codec', expected: 'none', found: 'aac' }]);
  });
});

describe('assessSource', () => {
  const assess = (found: {
    readonly facts?: Partial<OutputFacts>;
    readonly errorCount?: number;
    readonly probe?: Partial<Probe>;
    readonly sourceSize?: number;
  }) =>
    assessSource({
      probe: { ...PROBE, ...found.probe },
      sourceSize: found.sourceSize ?? 1000,
      run: { ...RUN, errorCount: found.errorCount ?? 0 },
      facts: { ...FACTS, ...found.facts },
      outputLimitSeconds: 80,
    });
  const short = { frames: 120, videoEndSeconds: 5, audioEndSeconds: 5, durationSeconds: 5 };

  it.each([
    ['whole', {}],
    ['a frame short', { facts: { videoEndSeconds: 9.96 } }],
    ['longer than declared', { facts: { durationSeconds: 14, videoEndSeconds: 14 } }],
    [
      'of shorter sound',
      {
        probe: { audio: PROBE.audio && { ...PROBE.audio, durationSeconds: 4 } },
        facts: { audioEndSeconds: 4 },
      },
    ],
    [
      'of undeclared length',
      {
        probe: { durationSeconds: null, video: { ...PROBE.video, durationSeconds: null } },
        facts: { videoEndSeconds: 3 },
      },
    ],
    ['whole packets', { probe: { container: 'mpegts' }, sourceSize: 188 * 5 }],
  ])('is content with a source that is %s', (_name, found) => {
    expect(assess(found)).toEqual({ kind: 'sound' });
  });

  it('tells how much is missing', () => {
    expect(assess({ facts: short, errorCount: 2 })).toEqual({
      kind: 'incomplete',
      detail:
        'The source is incomplete or damaged: 5.0 seconds of 10.0 seconds of the picture are missing; 5.0 seconds of 10.0 seconds of the sound are missing; the decoder met 2 errors, so parts may look or sound broken.',
    });
  });

  it.each([
    ['errors alone', { errorCount: 1 }, 'incomplete'],
    ['a cut Matroska file', { facts: short, probe: { container: 'matroska,webm' } }, 'incomplete'],
    ['a shortfall without a reason', { facts: short }, 'unexplained'],
    [
      'sound that cannot be decoded',
      { facts: { audioCodec: null, audioEndSeconds: null }, errorCount: 9 },
      'incomplete',
    ],
    ['a broken packet at the end', { probe: { container: 'mpegts' }, sourceSize: 1000 }, 'incomplete'],
    ['a file that ends too early', { probe: { container: 'ogg', brokenOff: true } }, 'incomplete'],
    [
      'a cut AVI',
      {
        probe: { container: 'avi', durationSeconds: 5, video: { ...PROBE.video, durationSeconds: 5 } },
        facts: short,
      },
      'incomplete',
    ],
    [
      'next to nothing',
      { facts: { ...short, frames: 5, videoEndSeconds: 0.2, audioEndSeconds: 0.2 }, errorCount: 3 },
      'corrupt',
    ],
    ['errors in every frame', { errorCount: 1000 }, 'corrupt'],
    ['times that run away', { facts: { durationSeconds: 80 } }, 'corrupt'],
  ])('weighs %s', (_name, found, kind) => {
    expect(assess(found).kind).toBe(kind);
  });
});
