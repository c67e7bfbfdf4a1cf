import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { ffmpeg, H264, picture, tone } from '../helpers/clips.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';
import { openPlayer, type Player } from './player.ts';

const SECONDS = 25;
const clip = path.join(os.tmpdir(), `millrace-playback-${process.pid}.mp4`);
let service: TestStack;
let player: Player;

beforeAll(async () => {
  const source = [...picture({ size: '1280x720', rate: '12', seconds: SECONDS }), ...tone(SECONDS)];
  await ffmpeg([...source, ...H264, clip]);
  service = await startTestStack({ lane: 'lambda' });
});
beforeEach(async () => {
  player = await openPlayer();
});
afterEach(() => player.close());
afterAll(async () => {
  await service.stop();
  await rm(clip, { force: true });
});

test('a finished job plays, seeks, switches renditions and ends where it should', async () => {
  await service.putFile('film.mp4', clip);
  const job = await service.ended((await service.jobOf('film.mp4')).id);
  expect(job.state).toBe('completed');
  const master = job.outputs.find(({ name }) => name === 'master.m3u8');

  await player.load(master?.url ?? '');
  await player.play();
  const playing = await player.until('playing', ({ seconds, frames }) => seconds > 1 && frames > 10);
  expect(playing).toMatchObject({ height: 480, heights: [480, 720], hasSound: true, isGrowing: false });
  expect(playing.soundBytes).toBeGreaterThan(0);
  expect(playing.duration).toBeCloseTo(SECONDS, 1);

  for (const height of [720, 480, 720]) {
    await player.show(height);
    await player.until(`showing ${height}`, (facts) => facts.height === height);
  }
  for (const place of [20.5, 3.25, 13]) {
    await player.seek(place);
    const there = await player.until(
      `playing from ${place}`,
      ({ seconds, isSeeking }) => !isSeeking && seconds > place + 0.3,
    );
    expect(there.seconds).toBeLessThan(place + 5);
  }
  await player.seek(SECONDS - 1);
  const end = await player.until('at the end', ({ isEnded }) => isEnded);
  expect(end.seconds).toBeCloseTo(SECONDS, 1);
  expect(end.errors).toEqual([]);
  expect(player.requests.some((request) => request.endsWith('/hls/720p.m3u8'))).toBe(true);
});
