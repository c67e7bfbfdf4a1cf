import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import { createGridCheck } from '../../shared/core/pass-through/grid-check.ts';
import { mayPassThrough } from '../../shared/core/pass-through/may-pass-through.ts';
import { listedPacket, listUnit } from '../../shared/core/pass-through/packet-list.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe, VideoStream } from '../../shared/core/probe.ts';
import { PROBE } from '../fixtures/jobs.ts';

const TOP = { width: 1920, height: 1080, frameRate: { num: 24, den: 1 }, maxBitrate: 6_000_000 };

describe('mayPassThrough', () => {
  const may = (video: Partial<VideoStream>, probe: Partial<Probe> = {}, rendition = TOP) =>
    mayPassThrough({ ...PROBE, ...probe, video: { ...PROBE.video, ...video } }, rendition);

  it.each([
    ['what a rendition is', {}],
    ['the Main profile', { profile: 'Main' }],
    ['the highest level', { level: 42 }],
    ['as many bits as the cap', { bitrate: 6_000_000 }],
    ['HD that says nothing of its colours', { colorSpace: null, colorPrimaries: null, colorTransfer: null }],
    ['a range that is not told', { colorRange: null }],
  ] as const)('takes %s', (_what, video) => {
    expect(may(video)).toBe(true);
  });

  it.each([
    ['another codec', { codec: 'hevc' }],
    ['another profile', { profile: 'High 4:2:2' }],
    ['Baseline, which may have lost slices', { profile: 'Baseline' }],
    ['no profile', { profile: null }],
    ['a higher level', { level: 50 }],
    ['no level', { level: null }],
    ['10 bits', { pixelFormat: 'yuv420p10le', bitDepth: 10 }],
    ['4:2:2', { pixelFormat: 'yuv422p' }],
    ['another size', { codedWidth: 1918 }],
    ['a turned picture', { rotation: 180 }],
    ['wide samples', { sampleAspectRatio: { num: 4, den: 3 } }],
    ['another rate', { frameRate: { num: 24_000, den: 1001 } }],
    ['an average that is not the nominal rate', { nominalFrameRate: { num: 48, den: 1 } }],
    ['a variable rate', { variableFrameRate: true }],
    ['fields', { interlaced: true }],
    ['more bits than the cap', { bitrate: 6_000_001 }],
    ['bits nobody has counted', { bitrate: null }],
    ['HDR', { hdr: 'pq' }],
    ['BT.601', { colorSpace: 'smpte170m' }],
    ['other primaries', { colorPrimaries: 'bt2020' }],
    ['full range', { colorRange: 'pc' }],
    ['a late first frame', { startSeconds: 0.04 }],
  ] as const)('leaves %s to an encode', (_what, video) => {
    expect(may(video)).toBe(false);
  });

  it.each([
    ['a container whose times are rounded', { container: 'matroska,webm' }],
    ['a file that breaks off', { brokenOff: true }],
    ['a track that begins earlier', { containerStartSeconds: -1 }],
  ] as const)('leaves %s to an encode', (_what, probe) => {
    expect(may({}, probe)).toBe(false);
  });

  it('leaves small pictures that say nothing of their colours to an encode', () => {
    const small = { codedWidth: 854, codedHeight: 480, level: 30 };
    const rendition = { ...TOP, width: 854, height: 480 };
    expect([may(small, {}, rendition), may({ ...small, colorSpace: null }, {}, rendition)]).toEqual([
      true,
      false,
    ]);
  });
});

describe('planJob', () => {
  it('passes the rung that the source is through, when the profile says so', () => {
    const passed = (passThrough: boolean) =>
      planJob(PROBE, { ...DEFAULT_PROFILE, passThrough }, 'hash').renditions.map((each) => each.passThrough);
    expect([passed(false), passed(true)]).toEqual([
      [false, false, false],
      [false, false, true],
    ]);
  });
});

describe('listed packets', () => {
  it.each([
    ['0,      -1024,          0,      512,     4557, 0xe08278b8', { shownAt: 0, bytes: 4557, isKey: true }],
    ['0, -512, 2048, 512, 1963, 0x190ecd82, F=0x0', { shownAt: 2048, bytes: 1963, isKey: false }],
    ['0, 0, 512, 512, 90, 0x1, S=1, 8, 0x2', { shownAt: 512, bytes: 90, isKey: true }],
    ['#tb 0: 1/12800', null],
    ['1, 0, 0, 1, 1, 0x0', null],
    ['0, 0, NOPTS, 1, 1, 0x0', null],
    ['', null],
  ])('reads %o', (line, packet) => {
    expect(listedPacket(line)).toEqual(packet);
  });

  it('finds the unit of their times', () => {
    expect([listUnit('#tb 0: 1001/30000'), listUnit('#tb 1: 1/25'), listUnit('0, 1')]).toEqual([
      { num: 1001, den: 30_000 },
      null,
      null,
    ]);
  });
});

describe('createGridCheck', () => {
  /** GOPs of four frames at 25 a second, in units of a hundredth. */
  const RENDITION = { frameRate: { num: 25, den: 1 }, gopFrames: 4, maxBitrate: 8000 };
  const UNIT = { num: 1, den: 100 };

  /** Frames in the order in which they are decoded, `K` before keyframes. */
  function check(frames: string, bytes = 1, unit = UNIT): string | null {
    const grid = createGridCheck(RENDITION, unit);
    for (const word of frames.split(' ')) {
      const shownAt = Number(word.replace('K', '')) * 4;
      if (grid.add({ shownAt, bytes, isKey: word.startsWith('K') }) !== null) break;
    }
    return grid.end();
  }

  it('takes whole GOPs, their frames in any order, and a short last one', () => {
    expect(check('K0 3 1 2 K4 5 6 7 K8 10 9')).toBeNull();
    expect(check('K0')).toBeNull();
  });

  it.each([
    ['a keyframe inside a GOP', 'K0 1 K2 3', 'frame 2 is a keyframe'],
    ['a GOP that goes on', 'K0 1 2 3 4', 'frame 4 is no keyframe'],
    ['a first frame that is no keyframe', '0 1', 'frame 0 is no keyframe'],
    ['a late beginning', 'K1 2 3', 'a keyframe is shown as frame 1, not 0'],
    ['a frame beside the grid', 'K0 1.5', 'a frame is shown beside the grid, at 6'],
    ['a frame before zero', 'K0 -1', 'a frame is shown beside the grid, at -4'],
    ['a frame twice', 'K0 1 1', 'frame 1 stands among those from 0 on'],
    ['a frame that leads into the GOP before', 'K0 1 2 3 K4 6 5 2', 'frame 2 stands among those from 4 on'],
    ['a frame of the GOP behind', 'K0 1 4', 'frame 4 stands among those from 0 on'],
    ['a missing frame at the end', 'K0 1 2 3 K4 6', 'a frame is missing from 4 on'],
  ])('sees %s', (_what, frames, wrong) => {
    expect(check(frames)).toBe(wrong);
  });

  it('sees a burst that the encoder would not make', () => {
    // 0.16 s of the GOP and 2 s of the buffer at 1,000 bytes a second.
    expect(check('K0 1 2 3', 540)).toBeNull();
    expect(check('K0 1 2 3', 541)).toBe('the frames from 0 on have more than 2160 bytes');
  });

  it('sees that there is nothing', () => {
    expect(createGridCheck(RENDITION, UNIT).end()).toBe('there is no frame');
  });

  it('tells frames and the times of keyframes', () => {
    const grid = createGridCheck(RENDITION, UNIT);
    for (const shownAt of [0, 4, 8, 12, 16]) grid.add({ shownAt, bytes: 1, isKey: shownAt % 16 === 0 });
    expect([grid.frames(), grid.keyTimes()]).toEqual([5, [0, 16]]);
  });
});
