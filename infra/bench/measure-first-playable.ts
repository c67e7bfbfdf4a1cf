import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { JobListDocument } from '../../shared/core/document-schema.ts';
import { AUDIO_TRACK, MASTER_PATH, playlistPath } from '../../shared/core/hls/paths.ts';
import { startBenchStack } from './bench-stack.ts';
import { makeLoop, makeShort, REAL_CLIP } from './media.ts';
import { median, type Row, row } from './row.ts';

const RUNS = 3;
/** Ten minutes. */
const LOOPS = 20;
const ASK_EVERY_MS = 50;
const GIVE_UP_MS = 300_000;
const LOWEST = '480p';

/**
 * Seconds from the end of an upload until a player can begin: the master playlist is there, and the lowest rendition's
 * and the sound's have a segment each. What comes afterwards is not waited for.
 */
export async function measureFirstPlayable(): Promise<Row[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-playable-'));
  try {
    const short = path.join(directory, 'short.mp4');
    await makeShort(short);
    const long = path.join(directory, 'long.mp4');
    await makeLoop(long, LOOPS);
    const seconds: { readonly half: number[]; readonly ten: number[] } = { half: [], ten: [] };
    for (let run = 0; run < RUNS; run += 1) {
      seconds.half.push(await playableAfter(short, REAL_CLIP));
      seconds.ten.push(await playableAfter(short, long));
      process.stderr.write(
        `  run ${run + 1}: 30 s after ${seconds.half.at(-1)?.toFixed(2)} s, 10 min after ${seconds.ten.at(-1)?.toFixed(2)} s\n`,
      );
    }
    return [
      row('first playable, 30 s', 's', seconds.half),
      row('first playable, 10 min', 's', seconds.ten),
      row(
        'first playable, 10 min / 30 s',
        'x',
        seconds.ten.map((ten) => ten / median(seconds.half)),
        { op: '<=', limit: 1.5 },
      ),
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** In a stack of its own, so that what is left of the job does not work beside the next. */
async function playableAfter(short: string, file: string): Promise<number> {
  const bench = await startBenchStack({ lane: 'chunked' });
  try {
    // A service that runs is measured, not one that starts.
    await bench.run('playable/first.mp4', short);
    const key = 'playable/measured.mp4';
    await bench.stack.uploads.acceptCopy(file, key);
    const uploadedAt = performance.now();
    while (performance.now() - uploadedAt < GIVE_UP_MS) {
      if (await isPlayable(bench.stack.url, key)) return (performance.now() - uploadedAt) / 1000;
      await wait(ASK_EVERY_MS);
    }
    throw new Error(`Nothing could be played ${GIVE_UP_MS / 1000} s after the upload.`);
  } finally {
    await bench.stop();
  }
}

async function isPlayable(url: string, key: string): Promise<boolean> {
  const list = await fetch(`${url}/v1/jobs?key=${encodeURIComponent(key)}`);
  const [job] = JobListDocument.parse(await list.json()).jobs;
  if (job === undefined) return false;
  if (job.error !== null) throw new Error(`The job failed: ${JSON.stringify(job.error)}`);
  const read = async (file: string): Promise<string> => {
    const answer = await fetch(`${url}/v1/jobs/${job.id}/files/${file}`);
    const text = await answer.text();
    return answer.ok ? text : '';
  };
  const texts = await Promise.all([MASTER_PATH, playlistPath(LOWEST), playlistPath(AUDIO_TRACK)].map(read));
  const [master = '', ...media] = texts;
  return master.includes('#EXT-X-STREAM-INF') && media.every((text) => text.includes('#EXTINF'));
}
