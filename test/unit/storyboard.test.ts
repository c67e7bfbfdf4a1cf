import { describe, expect, it } from 'vitest';
import { countTiles, formatStoryboardVtt, layStoryboard } from '../../shared/core/storyboard.ts';

const PLAN = { intervalSeconds: 2, tileWidth: 160, tileHeight: 90, columns: 3, rows: 2 };

describe('countTiles', () => {
  it.each([
    { frames: 1, interval: 2, duration: 0.04, tiles: 1, why: 'one frame' },
    { frames: 1, interval: 2, duration: 0, tiles: 1, why: 'no length' },
    { frames: 15, interval: 2, duration: 30, tiles: 15, why: 'the end is no tile' },
    { frames: 16, interval: 2, duration: 30, tiles: 15, why: 'a picture at the very end is left out' },
    { frames: 16, interval: 2, duration: 30.021, tiles: 16, why: 'a tile of what is left' },
    { frames: 3, interval: 2, duration: 30, tiles: 3, why: 'sound goes on after the picture' },
    { frames: 15, interval: 2.002, duration: 30.03, tiles: 15, why: 'NTSC rates' },
  ])('$why: $tiles', ({ frames, interval, duration, tiles }) => {
    expect(countTiles(frames, interval, duration)).toBe(tiles);
  });
});

describe('layStoryboard', () => {
  it('fills sheets row by row and crops the last one', () => {
    const { sheets, cues } = layStoryboard(PLAN, 10, 19.5);
    expect(sheets).toEqual([
      { name: 'storyboard-000.jpg', columns: 3, rows: 2, width: 480, height: 180, firstTile: 0, tiles: 6 },
      { name: 'storyboard-001.jpg', columns: 3, rows: 2, width: 480, height: 180, firstTile: 6, tiles: 4 },
    ]);
    expect(cues[4]).toEqual({
      startMs: 8000,
      endMs: 10_000,
      sheet: 'storyboard-000.jpg',
      x: 160,
      y: 90,
      width: 160,
      height: 90,
    });
    expect(cues[9]).toEqual({
      startMs: 18_000,
      endMs: 19_500,
      sheet: 'storyboard-001.jpg',
      x: 0,
      y: 90,
      width: 160,
      height: 90,
    });
  });

  it.each([
    [1, { columns: 1, rows: 1, width: 160, height: 90 }],
    [2, { columns: 2, rows: 1, width: 320, height: 90 }],
    [3, { columns: 3, rows: 1, width: 480, height: 90 }],
    [4, { columns: 3, rows: 2, width: 480, height: 180 }],
  ])('crops a sheet of %i tiles', (tiles, size) => {
    expect(layStoryboard(PLAN, tiles, tiles * 2).sheets).toEqual([
      { name: 'storyboard-000.jpg', ...size, firstTile: 0, tiles },
    ]);
  });

  it.each([
    { tiles: 1, interval: 2, duration: 0.0417 },
    { tiles: 1, interval: 2, duration: 0 },
    { tiles: 30, interval: 60 * (1001 / 30_000), duration: 60.06 },
    { tiles: 250, interval: 108, duration: 26_999.9996 },
  ])('covers 0 to $duration s without a gap by $tiles tiles', ({ tiles, interval, duration }) => {
    const { sheets, cues } = layStoryboard({ ...PLAN, intervalSeconds: interval }, tiles, duration);
    expect(cues).toHaveLength(tiles);
    expect(cues[0]?.startMs).toBe(0);
    expect(cues.at(-1)?.endMs).toBe(Math.max(1, Math.round(duration * 1000)));
    cues.forEach((cue, index) => {
      expect(cue.endMs).toBeGreaterThan(cue.startMs);
      expect(cue.endMs).toBe(cues[index + 1]?.startMs ?? cue.endMs);
      const sheet = sheets.find(({ name }) => name === cue.sheet);
      expect(cue.x + cue.width).toBeLessThanOrEqual(sheet?.width ?? 0);
      expect(cue.y + cue.height).toBeLessThanOrEqual(sheet?.height ?? 0);
    });
    expect(new Set(cues.map(({ sheet, x, y }) => `${sheet} ${x} ${y}`)).size).toBe(tiles);
  });
});

describe('formatStoryboardVtt', () => {
  it('writes media fragments of the sheets', () => {
    const { cues } = layStoryboard({ ...PLAN, intervalSeconds: 1800.5 }, 3, 5000.25);
    expect(formatStoryboardVtt(cues)).toBe(`WEBVTT

00:00:00.000 --> 00:30:00.500
storyboard-000.jpg#xywh=0,0,160,90

00:30:00.500 --> 01:00:01.000
storyboard-000.jpg#xywh=160,0,160,90

01:00:01.000 --> 01:23:20.250
storyboard-000.jpg#xywh=320,0,160,90
`);
  });
});
