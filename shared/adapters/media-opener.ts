import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../core/errors.ts';
import type { MediaObject, OpenedMedia, OpenMedia } from '../core/ports/media.ts';
import { startRangeServer } from './range-server.ts';

/**
 * Opens objects for ffmpeg and ffprobe: a file of the store's disk through a link of constant name, anything else
 * through a loopback range server. An empty object throws `input.empty`.
 * @param scratchDir an existing directory for the links
 */
export function createMediaOpener(scratchDir: string): OpenMedia {
  return async (object) => {
    if (object.size === 0) {
      throw new MillraceError('input.empty', 'The file is empty; a video was expected, 0 bytes were found.');
    }
    const path = await object.store.localPath(object.key, object.pin);
    return path === undefined ? overLoopback(object) : fromDisk(object, path, scratchDir);
  };
}

async function overLoopback(object: MediaObject): Promise<OpenedMedia> {
  const server = await startRangeServer(object);
  return {
    input: { url: server.url, protocols: 'http,tcp' },
    failure: () => Promise.resolve(server.failure()),
    close: () => server.close(),
  };
}

async function fromDisk(object: MediaObject, path: string, scratchDir: string): Promise<OpenedMedia> {
  const directory = await mkdtemp(join(scratchDir, 'source-'));
  const link = join(directory, 'source');
  await symlink(path, link);
  return {
    input: { url: `file:${link}`, protocols: 'file' },
    // The store looks again whether the file is still the one that was asked for.
    failure: () =>
      object.store.localPath(object.key, object.pin).then(
        (current) => (current === undefined ? missing() : undefined),
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      ),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

function missing(): MillraceError {
  return new MillraceError(
    'input.missing',
    'The uploaded file was deleted or replaced while it was being read.',
  );
}
