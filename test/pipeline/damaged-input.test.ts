import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobDocument } from '../../shared/core/document-schema.ts';
import { runFfmpeg } from '../helpers/stamp-clip.ts';
import { startTestStack, type TestStack } from '../helpers/test-stack.ts';

/** Seconds of the clips that are damaged. */
const SECONDS = 4;
const KINDS = ['mp4', 'mkv', 'ts', 'webm', 'avi'] as const;

let service: TestStack;
let clips: string;

beforeAll(async () => {
  clips = await mkdtemp(path.join(os.tmpdir(), 'millrace-damaged-'));
  await Promise.all(KINDS.map(makeSound));
  service = await startTestStack({ workersPerFunction: 2 });
});
afterAll(async () => {
  await service.stop();
  await rm(clips, { recursive: true, force: true });
});

async function makeSound(kind: (typeof KINDS)[number]): Promise<void> {
  const webm = kind === 'webm';
  await runFfmpeg([
    ...[
      '-f',
      'lavfi',
      '-i',
      `testsrc2=s=320x240:r=25:d=${SECONDS}`,
      '-f',
      'lavfi',
      '-i',
      `sine=d=${SECONDS}`,
    ],
    ...(webm
      ? ['-c:v', 'libvpx', '-deadline', 'realtime', '-b:v', '800k', '-c:a', 'libvorbis']
      : ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', '-c:a', 'aac']),
    ...(kind === 'mp4' ? ['-movflags', '+faststart'] : []),
    path.join(clips, `sound.${kind}`),
  ]);
}

const sound = (kind: string): Promise<Buffer> => readFile(path.join(clips, `sound.${kind}`));

async function run(key: string, bytes: Uint8Array): Promise<JobDocument> {
  await service.put(key, bytes);
  return service.ended((await service.jobOf(key)).id);
}

/** Damage is told: as an error of the input, or as a warning on what could be made. */
function expectTold(job: JobDocument): void {
  if (job.state === 'failed') expect(job.error?.code).toBe('input.corrupt');
  else expect(job.warnings.map(({ code }) => code)).toEqual(['source.incomplete']);
  for (const { detail } of job.warnings) expect(detail).toMatch(/\d/);
}

test.each(KINDS)('a sound %s gets no warning', async (kind) => {
  const job = await run(`sound.${kind}`, await sound(kind));
  expect([job.state, job.warnings, job.error]).toEqual(['completed', [], null]);
});

test.each(KINDS)('a %s that was cut off is not silently short', async (kind) => {
  const whole = await sound(kind);
  expectTold(await run(`cut.${kind}`, whole.subarray(0, Math.floor(whole.length * 0.55))));
});

// VP8 has no checksums, and its decoder takes any bits for a picture: nobody can tell.
test.each(KINDS.filter((kind) => kind !== 'webm'))(
  'a %s with flipped bits is not silently wrong',
  async (kind) => {
    const bytes = Buffer.from(await sound(kind));
    // One byte in every 2 KB of the second half, beyond every index at the front.
    for (let at = Math.floor(bytes.length / 2); at < bytes.length * 0.9; at += 2048) {
      bytes.writeUInt8((bytes[at] ?? 0) ^ 0x5a, at);
    }
    expectTold(await run(`flipped.${kind}`, bytes));
  },
);
