import { constants } from 'node:fs';
import { copyFile, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type FileObject, findObject, listObjects, objectAt } from '../../shared/adapters/file-objects.ts';
import { replaceObject, temporaryFile } from '../../shared/adapters/file-store.ts';
import type { JobLister } from '../../shared/core/ports/job-store.ts';
import type { UploadNotifier } from '../../shared/core/ports/messaging.ts';
import { sequencerRank } from '../../shared/core/sequencer.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface UploadsPorts {
  readonly jobs: JobLister;
  readonly notifier: UploadNotifier;
  /** Told of files that could not be announced; they are found again at the next start. */
  readonly onError: (error: unknown) => void;
}

/** The uploads bucket as a directory: everything that appears in it is an upload. */
export interface Uploads {
  /** A path to write an upload to; on the bucket's device, not an object yet. */
  temporary(): Promise<string>;
  /** Makes a finished file the object of a key and announces it. The file must come from `temporary`. */
  accept(file: string, key: string): Promise<FileObject>;
  /** The same for a copy of any file, which stays as it is. */
  acceptCopy(file: string, key: string): Promise<FileObject>;
  stop(): Promise<void>;
}

/** A dropped file is complete when its size has not changed for this long and nobody has it open for writing. */
const SETTLE_MS = 300;

/**
 * Announces what is in the bucket already and has no job yet, then whatever comes: through {@link Uploads}, or
 * dropped into the directory by hand. Files and directories with a leading dot are not uploads, nor are links.
 */
export async function openUploads(root: string, bucket: string, ports: UploadsPorts): Promise<Uploads> {
  /** Path to etag: a file that is put here is seen by the watcher too. */
  const announced = new Map<string, string>();

  const announce = async (object: FileObject): Promise<void> => {
    if (announced.get(object.path) === object.etag) return;
    announced.set(object.path, object.etag);
    const { key, size, etag, sequencer } = object;
    await ports.notifier.notify({ bucket, key, size, etag, sequencer, versionId: null });
  };

  const seen = async (file: string): Promise<void> => {
    const object = await objectAt(root, bucket, file);
    if (object === undefined || announced.get(object.path) === object.etag) return;
    const latest = (await ports.jobs.list({ limit: 1, key: object.key })).jobs[0]?.header;
    if (latest?.source.etag === object.etag && latest.state !== 'awaiting_upload') return;
    const isNewer =
      latest === undefined ||
      latest.state === 'awaiting_upload' ||
      sequencerRank(object.sequencer) > sequencerRank(latest.source.sequencer);
    await announce(isNewer ? object : await arriveNow(object));
  };

  /** A file that was moved here keeps its old time; the time of an upload is when it came. */
  const arriveNow = async (object: FileObject): Promise<FileObject> => {
    const now = new Date();
    await utimes(object.path, now, now);
    return (await findObject(root, bucket, object.key)) ?? object;
  };

  const accept = async (file: string, key: string): Promise<FileObject> => {
    const object = await replaceObject(root, bucket, key, file);
    await announce(object);
    return object;
  };

  const directory = path.join(root, bucket);
  const look = (file: string): void => {
    seen(file).catch(ports.onError);
  };
  const waiting = createWaitingRoom(directory, SETTLE_MS, look, ports.onError);
  const watcher = await startWatcher(directory, waiting.enter);
  for await (const object of listObjects(root, bucket)) {
    if (isHidden(path.relative(directory, object.path))) look(object.path);
  }

  return {
    temporary: () => temporaryFile(root, bucket),
    accept,
    async acceptCopy(file, key) {
      const copy = await temporaryFile(root, bucket);
      try {
        await copyFile(file, copy, constants.COPYFILE_FICLONE);
        return await accept(copy, key);
      } finally {
        await rm(copy, { force: true });
      }
    },
    async stop() {
      await watcher.close();
      await waiting.close();
    },
  };
}

function startWatcher(directory: string, onFile: (file: string) => void): Promise<FSWatcher> {
  const watcher = watch(directory, {
    followSymlinks: false,
    ignored: (file) => isHidden(path.relative(directory, file)),
    awaitWriteFinish: { stabilityThreshold: SETTLE_MS, pollInterval: SETTLE_MS / 3 },
  });
  watcher.on('add', onFile).on('change', onFile);
  return new Promise((resolve, reject) => {
    watcher.once('ready', () => resolve(watcher)).once('error', reject);
  });
}

function isHidden(relative: string): boolean {
  return relative.split(path.sep).some((name) => name.startsWith('.') && name !== '..');
}
