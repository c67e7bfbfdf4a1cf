import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../../shared/core/job.ts';
import { type ClipFolder, createClipFolder, H264, picture, tone } from '../helpers/clips.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

const JOBS = 8;
const LEASE_SECONDS = 2;
/** Kills are bounded, so that most tasks keep an attempt. */
const KILLS = 14;
const OPTIONS = {
  leaseSeconds: LEASE_SECONDS,
  sweepSeconds: 3,
  visibilitySeconds: 2,
  workersPerFunction: 2,
  environment: { X264_PRESET: 'medium' },
};

let clips: ClipFolder;
let service: TestStack | undefined;
beforeAll(async () => {
  clips = await createClipFolder();
});
afterEach(async () => {
  await service?.stop();
  if (service !== undefined) await rm(service.home, { recursive: true, force: true });
  service = undefined;
});
afterAll(() => clips.remove());

/** The same numbers for the same seed: mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test.each([1, 2])(
  'whatever is killed and whenever, every job ends and nothing half-made is delivered (seed %i)',
  async (seed) => {
    const dice = random(seed);
    const source = await clips.make('chaos.mp4', [
      ...picture({ size: '1280x720', seconds: 3 }),
      ...tone(3),
      ...H264,
    ]);
    let current = await startTestStack({ ...OPTIONS, keepHome: true });
    service = current;
    const { home } = current;
    const keys = Array.from({ length: JOBS }, (_, index) => `chaos/${seed}/${index}.mp4`);
    await Promise.all(keys.map((key) => current.putFile(key, source)));

    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(200 + dice() * 1000);
      const groups = [...current.stack.host.groups];
      const victim = groups[Math.floor(dice() * groups.length)];
      if (victim !== undefined) killGroup(victim);
      if (kill === Math.floor(KILLS / 2)) {
        await current.stop();
        current = await startTestStack({ ...OPTIONS, home });
        service = current;
      }
    }

    for (const key of keys) {
      const [job, ...others] = await endedJobs(current, key);
      expect(others, key).toEqual([]);
      if (job === undefined) return expect.fail(`${key} became no job`);
      // The only excuse for a failure is a task that was killed as often as it may be tried.
      if (job.state === 'failed') {
        expect(job.error, key).toMatchObject({ code: 'infrastructure' });
        expect(Math.max(...job.tasks.map(({ attempt }) => attempt)), key).toBe(MAX_ATTEMPTS);
      } else {
        expect(job.state, key).toBe('completed');
        const renditions = job.outputs.filter(({ kind }) => kind === 'rendition');
        expect(
          renditions.map(({ name }) => name),
          key,
        ).toEqual(['480p', '720p']);
        for (const { durationSeconds } of renditions) expect(durationSeconds, key).toBeCloseTo(3, 0);
      }
      for (const output of job.outputs) {
        const bytes = await readFile(path.join(home, 'outputs', output.key));
        expect(createHash('sha256').update(bytes).digest('hex'), output.key).toBe(output.sha256);
      }
    }
    await current.quiet();
    expect(await current.scratchFiles()).toEqual([]);
  },
);

async function endedJobs(service: TestStack, key: string) {
  const jobs = await service.jobsOf(key);
  if (jobs.length === 0) jobs.push(await service.jobOf(key));
  return Promise.all(jobs.map(({ id }) => service.ended(id)));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
