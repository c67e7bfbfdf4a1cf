import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findMediaBinaries } from '../../shared/adapters/media-binaries.ts';
import { ffmpeg, H264, picture, tone } from '../helpers/clips.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';
import { openPlayer, type Player } from './player.ts';

const SECONDS = 25;
/** Nothing that begins later than this in the source is made before the gate is open. */
const HELD_FROM = 14;

let directory: string;
let gate: string;
let service: TestStack;
let player: Player;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-early-'));
  gate = path.join(directory, 'open');
  const source = [...picture({ size: '1280x720', rate: '12', seconds: SECONDS }), ...tone(SECONDS)];
  await ffmpeg([...source, ...H264, '-g', '24', path.join(directory, 'film.mp4')]);
  service = await startTestStack({
    lane: 'chunked',
    environment: { FFMPEG_PATH: await heldFfmpeg(), CHUNK_SEGMENTS: '1' },
  });
  player = await openPlayer();
});
afterAll(async () => {
  await writeFile(gate, '');
  await player.close();
  await service.stop();
  await rm(directory, { recursive: true, force: true });
});

test('a job plays while it is made, goes on as it grows, and ends where it should', async () => {
  await service.putFile('film.mp4', path.join(directory, 'film.mp4'));
  const { id } = await service.jobOf('film.mp4');
  const url = `${service.stack.url}/v1/jobs/${id}`;
  const master = `${url}/files/hls/master.m3u8`;
  await somethingAt(master, url);

  await player.load(master);
  await player.play();
  const begun = await player.until('playing', ({ seconds, frames }) => seconds > 1 && frames > 5);
  expect(await (await fetch(url)).json()).toMatchObject({ state: 'processing', lane: 'chunked' });
  expect(begun).toMatchObject({ heights: [480, 720], isGrowing: true, hasSound: true });
  expect(begun.seconds).toBeLessThan(SECONDS / 2);
  const growing = await textAt(`${url}/files/hls/480p.m3u8`);
  expect(growing).toContain('#EXT-X-PLAYLIST-TYPE:EVENT');

  await writeFile(gate, '');
  const end = await player.until('at the end', ({ isEnded }) => isEnded);
  expect(end.seconds).toBeCloseTo(SECONDS, 1);
  expect(end.errors.filter(({ fatal }) => fatal)).toEqual([]);
  expect(end.segments).toEqual([...end.segments].sort((a, b) => a - b));
  expect(end.segments.at(-1)).toBeGreaterThan(end.segments[0] ?? 0);

  expect((await service.ended(id)).state).toBe('completed');
  const committed = await textAt(`${url}/files/hls/480p.m3u8`);
  expect(committed.startsWith(growing.replace('EVENT', 'VOD'))).toBe(true);
  expect(committed).toMatch(/#EXT-X-ENDLIST\n$/);
});

async function textAt(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** Waits until the job has something to play. */
async function somethingAt(url: string, job: string): Promise<void> {
  const until = performance.now() + 60_000;
  while (!(await fetch(url)).ok) {
    if (performance.now() > until) throw new Error(`Nothing to play: ${await (await fetch(job)).text()}`);
    await delay(100);
  }
}

/** An ffmpeg that waits at the gate where it is to seek beyond what may be made. */
async function heldFfmpeg(): Promise<string> {
  const { ffmpeg: program } = await findMediaBinaries({});
  const file = path.join(directory, 'ffmpeg');
  const lines = [
    '#!/bin/sh',
    'last=',
    'for argument; do',
    `  case "$last" in -ss) [ "\${argument%.*}" -ge ${HELD_FROM} ] && while [ ! -e '${gate}' ]; do /bin/sleep 0.1; done ;; esac`,
    '  last=$argument',
    'done',
    `exec '${program}' "$@"`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  await chmod(file, 0o755);
  return file;
}
