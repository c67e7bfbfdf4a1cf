import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFilePartUploads } from '../../shared/adapters/file-part-uploads.ts';
import type { Task } from '../../shared/core/job.ts';
import { NotYet } from '../../shared/core/not-yet.ts';
import type { FfmpegResult } from '../../shared/core/ports/media.ts';
import type { Probe } from '../../shared/core/probe.ts';
import type { JoinTools } from '../../shared/tasks/join/join-whole.ts';
import { makeJoin } from '../../shared/tasks/join/make-join.ts';
import { type ClipFolder, createClipFolder, ffmpeg } from '../helpers/clips.ts';
import { packetsOf, shownNumbers } from '../helpers/counted-clip.ts';
import { Crash, crashAfter } from '../helpers/crash-after.ts';
import { type JoinBench, type JoinJob, openJoinBench } from '../helpers/join-bench.ts';

/** Small enough for some parts of a tiny clip. */
const SIZES = { first: 5000, next: 8000 };

let clips: ClipFolder;
let bench: JoinBench;
let joined: Buffer;
beforeAll(async () => {
  clips = await createClipFolder();
  bench = await openJoinBench(clips);
});
afterAll(() => clips.remove());

const contentOf = async (jobId: string) => buffer(await bench.tools.outputs.read(`${jobId}/480p.mp4`));
const join = async (job: JoinJob, chunks?: readonly Task[], tools: JoinTools = bench.tools) =>
  makeJoin(tools, () => SIZES)(await job.context(chunks));

/** The tools with a check that remembers what the real one said of the same file. */
function rememberedCheck(): JoinTools {
  const { probe, ffmpeg: tool } = bench.tools;
  let probed: Promise<Probe> | undefined;
  const runs = new Map<string, Promise<FfmpegResult>>();
  return {
    ...bench.tools,
    probe: {
      ...probe,
      probe: (input) => {
        probed ??= probe.probe(input);
        return probed;
      },
    },
    ffmpeg: {
      run: (run) => {
        const name = run.args.filter((arg) => !arg.includes('127.0.0.1')).join(' ');
        const result = runs.get(name) ?? tool.run(run);
        runs.set(name, result);
        return result;
      },
    },
  };
}

/** Checksum of every decoded frame, and its time. */
async function decoded(file: string, ...filter: readonly string[]): Promise<string[]> {
  const text = await ffmpeg(['-i', file, ...filter, '-vsync', '0', '-f', 'framemd5', '-']);
  return String(text)
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.replace(/\s+/g, ''));
}

describe('a rendition that is joined from chunks', () => {
  it('is the one that an encode in one piece makes', async () => {
    const job = await bench.open('same');
    const made = await join(job);
    joined = await contentOf('same');
    const file = `${clips.path}/outputs/same/480p.mp4`;

    const settb = ['-map', '0:v', '-vf', 'settb=1/25'];
    expect(await decoded(file, ...settb)).toEqual(await decoded(bench.whole, ...settb));
    expect(await shownNumbers(file)).toEqual(Array.from({ length: 110 }, (_, frame) => frame));
    // The packet that primes the decoder is left out: the sound begins where the picture does.
    const afterZero = async (of: string) => (await packetsOf(of, 'a')).filter((line) => /^\d/.test(line));
    expect(await afterZero(file)).toEqual(await afterZero(bench.whole));

    const facts = await bench.tools.probe.inspect(file);
    expect(facts).toMatchObject({ frames: 110, faststart: true, videoStartSeconds: 0, audioStartSeconds: 0 });
    expect(facts.videoEndSeconds).toBeCloseTo(4.4, 3);
    expect(facts.audioEndSeconds).toBeCloseTo(4.4, 2);
    expect(joined.includes('elst')).toBe(true);

    expect(made.committed).toEqual([
      {
        ...{ name: '480p', kind: 'rendition', path: '480p.mp4', contentType: 'video/mp4' },
        ...{ bytes: joined.length, sha256: createHash('sha256').update(joined).digest('hex') },
        ...{ width: 160, height: 120, durationSeconds: facts.durationSeconds, codecs: facts.codecs },
        bitrate: Math.round((joined.length * 8) / facts.durationSeconds),
      },
    ]);
    expect(made.warnings).toEqual([]);
    expect(made.files.map(({ path }) => path)).toEqual([
      'hls/480p.m3u8',
      'hls/480p-keyframes.m3u8',
      'hls/audio.m3u8',
    ]);
    expect(made.streams?.map(({ track }) => track)).toEqual(['480p', 'audio']);
  });

  it('is the same whatever the order in which chunks come, and uploaded as far as it is known', async () => {
    const orders = [
      [4, 0, 3, 1, 2],
      [0, 3, 1, 4, 2],
    ];
    for (const [place, order] of orders.entries()) {
      const jobId = `order-${place}`;
      const job = await bench.open(jobId);
      const tools = rememberedCheck();
      const uploaded: number[] = [];
      for (let seen = 1; seen < order.length; seen += 1) {
        const chunks = bench.chunks.map((chunk, index) =>
          order.indexOf(index) < seen ? chunk : { ...chunk, state: 'running' as const, media: [] },
        );
        const thrown = await join(job, chunks, tools).catch((error: unknown) => error);
        expect(thrown).toBeInstanceOf(NotYet);
        expect(thrown).toMatchObject({ ended: seen });
        const { upload } = job.task;
        uploaded.push(upload === null ? 0 : (await tools.uploads.list(`${jobId}/480p.mp4`, upload)).length);
      }
      expect(uploaded).toEqual([...uploaded].sort((a, b) => a - b));
      expect(uploaded.at(-1)).toBeGreaterThan(0);
      await join(job, bench.chunks, tools);
      expect((await contentOf(jobId)).equals(joined)).toBe(true);
    }
  });

  it('is the same wherever workers died', async () => {
    const checked = rememberedCheck();
    const early = bench.chunks.map((chunk) =>
      chunk.name === 'chunk-00002' ? { ...chunk, state: 'pending' as const, media: [] } : chunk,
    );
    for (let effects = 0; ; effects += 1) {
      const jobId = `crash-${effects}`;
      const job = await bench.open(jobId);
      const point = crashAfter(effects);
      const tools = { ...checked, uploads: point.wrap(createFilePartUploads(clips.path, 'outputs')) };
      for (const chunks of [early, bench.chunks]) {
        const { noteUpload, ...context } = await job.context(chunks);
        const port = point.wrap({ noteUpload });
        const noted = { noteUpload: (id: string) => port.noteUpload(id) };
        await makeJoin(
          tools,
          () => SIZES,
        )({ ...context, ...noted }).catch((error: unknown) => {
          expect(error instanceof Crash || error instanceof NotYet).toBe(true);
        });
      }
      if (point.crashed()) await join(job, bench.chunks, checked);
      expect((await contentOf(jobId)).equals(joined)).toBe(true);
      if (!point.crashed()) break;
    }
  });

  it('is the same when two workers join it at once, and when it stands already', async () => {
    const job = await bench.open('two');
    const other = await bench.open('two');
    const tools = rememberedCheck();
    const both = await Promise.all([join(job, bench.chunks, tools), join(other, bench.chunks, tools)]);
    const late = await join(job, bench.chunks, tools);
    for (const made of [...both, late]) expect(made.committed).toEqual(both[0]?.committed);
    expect((await contentOf('two')).equals(joined)).toBe(true);
  });

  it('is not made of chunks that do not fit together', async () => {
    const [first, second, ...others] = bench.chunks;
    const job = await bench.open('misfit');
    const twice = second && { ...second, media: first?.media ?? [] };
    await expect(
      join(
        job,
        [first, twice, ...others].flatMap((chunk) => chunk ?? []),
      ),
    ).rejects.toMatchObject({
      ...{ code: 'output.invalid', retryable: false },
    });
    await expect(contentOf('misfit')).rejects.toMatchObject({ code: 'input.missing' });
  });

  it('does not come to be when the source should have had more', async () => {
    const job = await bench.open('short');
    const context = await job.context();
    const { probe } = context;
    const longer = { ...probe, durationSeconds: 9, video: { ...probe.video, durationSeconds: 9 } };
    await expect(makeJoin(bench.tools, () => SIZES)({ ...context, probe: longer })).rejects.toMatchObject({
      code: 'output.invalid',
    });
    await expect(contentOf('short')).rejects.toMatchObject({ code: 'input.missing' });
  });
});
