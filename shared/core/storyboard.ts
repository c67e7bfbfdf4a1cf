import type { ThumbnailsPlan } from './plan.ts';

type StoryboardPlan = ThumbnailsPlan['storyboard'];

/** One sprite sheet; tiles run left to right, then down. */
export interface StoryboardSheet {
  /** `storyboard-000.jpg`. */
  readonly name: string;
  /** Only the columns and rows in use: the last sheet is cropped. */
  readonly columns: number;
  readonly rows: number;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Index of the first tile, and how many. */
  readonly firstTile: number;
  readonly tiles: number;
}

/** Which part of which sheet shows the picture from `startMs` until `endMs`. */
export interface StoryboardCue {
  readonly startMs: number;
  readonly endMs: number;
  readonly sheet: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface StoryboardLayout {
  readonly sheets: readonly StoryboardSheet[];
  readonly cues: readonly StoryboardCue[];
}

/** Tiles that start before the end, of `frames` pictures one interval apart; the first always counts. */
export function countTiles(frames: number, intervalSeconds: number, durationSeconds: number): number {
  let tiles = Math.min(frames, Math.ceil(durationSeconds / intervalSeconds) + 1);
  while (tiles > 1 && toMs((tiles - 1) * intervalSeconds) >= toMs(durationSeconds)) tiles -= 1;
  return tiles;
}

/**
 * Sheets and cues of so many tiles, tile `i` taken at `i * intervalSeconds`. Cues are contiguous from 0 to the
 * duration; one of no length gets a millisecond.
 */
export function layStoryboard(
  plan: StoryboardPlan,
  tiles: number,
  durationSeconds: number,
): StoryboardLayout {
  const { columns, tileWidth, tileHeight, intervalSeconds } = plan;
  const perSheet = columns * plan.rows;
  const sheets = Array.from({ length: Math.ceil(tiles / perSheet) }, (_, index): StoryboardSheet => {
    const used = Math.min(perSheet, tiles - index * perSheet);
    const size = { columns: Math.min(columns, used), rows: Math.ceil(used / columns) };
    return {
      name: `storyboard-${String(index).padStart(3, '0')}.jpg`,
      ...size,
      width: size.columns * tileWidth,
      height: size.rows * tileHeight,
      firstTile: index * perSheet,
      tiles: used,
    };
  });
  const cues = sheets.flatMap((sheet) =>
    Array.from({ length: sheet.tiles }, (_, place): StoryboardCue => {
      const tile = sheet.firstTile + place;
      const startMs = toMs(tile * intervalSeconds);
      const endMs = toMs(tile === tiles - 1 ? durationSeconds : (tile + 1) * intervalSeconds);
      return {
        startMs,
        endMs: Math.max(endMs, startMs + 1),
        sheet: sheet.name,
        x: (place % columns) * tileWidth,
        y: Math.floor(place / columns) * tileHeight,
        width: tileWidth,
        height: tileHeight,
      };
    }),
  );
  return { sheets, cues };
}

/** The index as WebVTT, each cue a media fragment of a sheet beside it. */
export function formatStoryboardVtt(cues: readonly StoryboardCue[]): string {
  const blocks = cues.map(
    ({ startMs, endMs, sheet, x, y, width, height }) =>
      `${timestamp(startMs)} --> ${timestamp(endMs)}\n${sheet}#xywh=${x},${y},${width},${height}\n`,
  );
  return ['WEBVTT\n', ...blocks].join('\n');
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

function timestamp(ms: number): string {
  const part = (value: number, digits: number) => String(value).padStart(digits, '0');
  const seconds = Math.floor(ms / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${clock.map((value) => part(value, 2)).join(':')}.${part(ms % 1000, 3)}`;
}
