import { describe, expect, it } from 'vitest';
import { DEFAULT_PROFILE } from '../../shared/core/ladder.ts';
import type { Plan } from '../../shared/core/plan.ts';
import { planJob } from '../../shared/core/plan-job.ts';
import type { Probe } from '../../shared/core/probe.ts';
import { canSplit } from '../../shared/core/ranges/can-split.ts';
import { joinArgs, joinList } from '../../shared/core/ranges/join-args.ts';
import { parseLanding, seekAttempts } from '../../shared/core/ranges/landing.ts';
import { type Grid, planRanges } from '../../shared/core/ranges/plan-ranges.ts';
import { rangeEncoderArgs, rangeGridFilter, seekArgs } from '../../shared/core/ranges/range-args.ts';
import { PROBE } from '../fixtures/jobs.ts';

const GRID: Grid = { frames: 720, gopFrames: 48, rate: 24, vcpus: 2 };

/** Answers with the keyframe before each frame asked for; which frames were asked for, and the ranges. */
function plan(grid: Grid, keyframes: readonly number[]) {
  const asked: number[] = [];
  const planning = planRanges(grid);
  let step = planning.next(null);
  while (!step.done) {
    asked.push(step.value);
    const seconds = step.value / grid.rate;
    const keyframe = keyframes.findLast((at) => at <= seconds);
    const point =
      keyframe === undefined
        ? null
        : { seekSeconds: seconds, leadSeconds: seconds - keyframe, leadErrors: 0 };
    step = planning.next(point);
  }
  return { asked, ranges: step.value };
}

const everySecond = (seconds: number) => Array.from({ length: seconds }, (_, second) => second);

describe('ranges', () => {
  it('are whole GOPs, long ones first, and asks once for each cut near a keyframe', () => {
    expect(plan(GRID, everySecond(30))).toEqual({
      asked: [240, 432, 528, 624],
      ranges: [
        { first: 0, frames: 240, seekSeconds: null },
        { first: 240, frames: 192, seekSeconds: 10 },
        { first: 432, frames: 96, seekSeconds: 18 },
        { first: 528, frames: 96, seekSeconds: 22 },
        { first: 624, frames: null, seekSeconds: 26 },
      ],
    });
  });

  it('begin just after the few keyframes that there are', () => {
    expect(plan(GRID, [0, 10.42, 11.88, 15.75, 23.04])).toEqual({
      asked: [240, 288, 432, 528, 576],
      ranges: [
        { first: 0, frames: 288, seekSeconds: null },
        { first: 288, frames: 96, seekSeconds: 12 },
        { first: 384, frames: 192, seekSeconds: 18 },
        { first: 576, frames: null, seekSeconds: 24 },
      ],
    });
  });

  it.each([
    ['there is but one keyframe', GRID, [0]],
    ['nothing can be read from in between', GRID, []],
    ['it is too short', { ...GRID, frames: 150 }, everySecond(8)],
  ])('are none when %s', (_name, grid, keyframes) => {
    expect(plan(grid, keyframes).ranges).toBeNull();
  });

  it.each([2, 4, 16])('follow one another without a gap over six hours for %i processors', (vcpus) => {
    const grid = { ...GRID, frames: 24 * 21_600 + 7, vcpus };
    const { asked, ranges } = plan(grid, everySecond(21_600));
    const lengths = (ranges ?? []).map(({ frames }) => frames ?? 0);
    expect((ranges ?? []).map(({ first }) => first)).toEqual(
      lengths.map((_length, index) => lengths.slice(0, index).reduce((sum, length) => sum + length, 0)),
    );
    expect(lengths.slice(0, -1)).toEqual(lengths.slice(0, -1).sort((a, b) => b - a));
    expect(lengths.every((length) => length % 48 === 0)).toBe(true);
    expect(asked.length).toBeLessThan(vcpus * 32);
  });
});

describe('a source', () => {
  const judge = (change: Partial<Probe>, vcpus = 4, planned: Partial<Plan> = {}) => {
    const probe = { ...PROBE, ...change };
    return canSplit(probe, { ...planJob(probe, DEFAULT_PROFILE, 'hash'), ...planned }, vcpus);
  };
  const ofSeconds = (durationSeconds: number | null) => ({
    durationSeconds,
    video: { ...PROBE.video, durationSeconds },
  });

  it.each([
    ['ten seconds of MP4', {}, true],
    ['Matroska', { container: 'matroska,webm' }, true],
    ['less than four GOPs', ofSeconds(7.9), false],
    ['four GOPs', ofSeconds(8), true],
    ['one that does not say how long it is', ofSeconds(null), false],
    ['one whose clock may jump', { container: 'mpegts' }, false],
    ['one without a good index', { container: 'avi' }, false],
    ['one that breaks off', { brokenOff: true }, false],
    ['one that does not say when it begins', { containerStartSeconds: null }, false],
    ['interlaced', { video: { ...PROBE.video, interlaced: true } }, false],
  ] as const)('that is %s: %s %s', (_name, change, expected) => {
    expect(judge(change)).toBe(expected);
  });

  it.each([1, 2, 3])('is not split for %i processors', (vcpus) => {
    expect(judge({}, vcpus)).toBe(false);
  });
});

describe('the arguments of a range', () => {
  const range = { first: 240, frames: 96, seekSeconds: 8.005 };
  const rate = { num: 30000, den: 1001 };

  it('keep the times and the grid of the whole', () => {
    expect(seekArgs(range)).toEqual(['-copyts', '-start_at_zero', '-noaccurate_seek', '-ss', '8.005000']);
    expect(rangeGridFilter(range, rate, { ...PROBE, pictureEndSeconds: 9 })).toEqual([
      'fps=fps=30000/1001:start_time=0:round=near',
      'trim=start_frame=240:end_frame=336',
      'setpts=PTS-STARTPTS',
    ]);
  });

  it('hold the last frame in the last range alone', () => {
    const last = { first: 240, frames: null, seekSeconds: null };
    expect(seekArgs(last)).toEqual([]);
    expect(rangeGridFilter(last, { num: 25, den: 1 }, { ...PROBE, pictureEndSeconds: 12 })).toEqual([
      'fps=fps=25/1:start_time=0:round=near',
      'tpad=stop=15000:stop_mode=clone',
      'trim=end_frame=300',
      'trim=start_frame=240',
      'setpts=PTS-STARTPTS',
    ]);
  });

  it('begin with a rate buffer as one encode would have it', () => {
    const [rendition] = planJob(PROBE, DEFAULT_PROFILE, 'hash').renditions;
    if (!rendition) throw new Error('no rendition');
    expect(rangeEncoderArgs(range, rendition)).toEqual(['-rc_init_occupancy', '1500000']);
    expect(rangeEncoderArgs({ ...range, first: 0 }, rendition)).toEqual([]);
  });
});

describe('the landing of a seek', () => {
  it.each([
    [
      '#tb 0: 1/1000000\n#media_type 0: video\n0,    5138467,    5138467,        0,    86400, 0x8c3949d1\n',
      5.138467,
    ],
    ['#tb 0: 1/1000000\n0, -40000, -40000, 0, 86400, 0x8c3949d1\n', -0.04],
    ['#tb 0: 1/1000000\n', null],
    ['#tb 0: 1/25\n0, 5, 5, 0, 86400, 0x8c3949d1\n', null],
    ['', null],
  ])('is read from %j', (text, expected) => {
    expect(parseLanding(text)).toBe(expected);
  });

  it('is looked for further and further back', () => {
    expect(seekAttempts(20)).toEqual([20 + 3 / 23 + 0.005, 19.995, 19, 16, 8]);
    expect(seekAttempts(0.5)).toEqual([0.5 + 3 / 23 + 0.005, 0.495]);
  });
});

describe('joining', () => {
  it('lets no rounding error grow', () => {
    const parts = Array.from({ length: 3 }, (_, index) => ({ file: `/tmp/it's/${index}.mp4`, frames: 100 }));
    expect(joinList(parts, { num: 24000, den: 1001 })).toBe(
      [
        'ffconcat version 1.0',
        "file 'file:/tmp/it'\\''s/0.mp4'",
        'duration 4.170833',
        "file 'file:/tmp/it'\\''s/1.mp4'",
        'duration 4.170834',
        "file 'file:/tmp/it'\\''s/2.mp4'",
        'duration 4.170833',
        '',
      ].join('\n'),
    );
  });

  it('copies picture and sound', () => {
    const args = joinArgs({ list: '/s/list', sound: '/s/sound.mp4', outputFile: '/s/out.mp4' });
    expect(args.slice(args.indexOf('-protocol_whitelist'), args.indexOf('-sn'))).toEqual(
      '-protocol_whitelist file -f concat -safe 0 -i file:/s/list -protocol_whitelist file -i file:/s/sound.mp4 -map 0:v:0 -map 1:a:0 -c copy'.split(
        ' ',
      ),
    );
    expect(joinArgs({ list: '/s/list', sound: null, outputFile: '/s/out.mp4' })).toContain('-an');
  });
});
