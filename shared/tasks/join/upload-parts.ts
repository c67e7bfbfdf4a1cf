import { createHash } from 'node:crypto';
import { type PartSizes, partRanges } from '../../core/join/part-ranges.ts';
import { outputKey } from '../../core/keys.ts';
import type { RenditionPlan } from '../../core/plan.ts';
import type { FileDigest } from '../../core/ports/host.ts';
import type { PartUploads, UploadedPart } from '../../core/ports/part-uploads.ts';
import type { MakeContext } from '../../core/ports/work.ts';
import { both } from './both.ts';
import { readAhead } from './read-ahead.ts';
import { createSlots } from './slots.ts';
import type { VirtualFile } from './virtual-file.ts';

/** Parts on their way at once. */
const PUTS_AT_ONCE = 3;

export interface PartTarget {
  readonly uploads: PartUploads;
  readonly key: string;
  readonly sizes: PartSizes;
  readonly contentType: string;
}

export const RENDITION_TYPE = 'video/mp4';

/** Below `<jobId>/`. */
export function renditionPath(name: string): string {
  return `${name}.mp4`;
}

/** Where the parts of a rendition go. */
export function partTarget(
  uploads: PartUploads,
  jobId: string,
  { name }: RenditionPlan,
  sizes: PartSizes,
): PartTarget {
  return {
    uploads,
    key: outputKey(jobId, renditionPath(name)),
    sizes,
    contentType: RENDITION_TYPE,
  };
}

type UploadContext = Pick<MakeContext, 'task' | 'signal' | 'noteUpload'>;

interface OpenUpload {
  readonly id: string;
  readonly parts: readonly UploadedPart[];
}

/**
 * Uploads those parts that can be told from what is there of the media data, and are not uploaded yet.
 * @param media The data alone, without the file's header.
 */
export async function uploadBeginning(
  target: PartTarget,
  context: UploadContext,
  media: VirtualFile,
): Promise<void> {
  const ranges = partRanges(media.bytes, target.sizes, false);
  if (ranges.length === 0) return;
  const { id, parts } = await openUpload(target, context, Number.POSITIVE_INFINITY);
  const missing = ranges.filter((range) => !isThere(parts, range.number, range.end - range.start));
  const slots = createSlots(PUTS_AT_ONCE);
  try {
    for await (const { number, body } of readAhead(media, 0, missing, context.signal)) {
      await slots.add(() => target.uploads.put(target.key, id, number, body));
    }
    await slots.settle();
  } finally {
    await slots.idle();
  }
}

export interface WholeFile<T> {
  readonly file: VirtualFile;
  readonly headBytes: number;
  /** Must have ended before the object comes to be; throws when it must not. */
  readonly verify: (signal: AbortSignal) => Promise<T>;
  /** 0 to 1. */
  readonly onProgress: (fraction: number) => void;
}

export interface Uploaded<T> {
  /** Of what was uploaded. */
  readonly digest: FileDigest;
  /** Whether the object is that, or another that stood there. */
  readonly made: 'created' | 'exists';
  readonly verified: T;
}

/** Uploads what is missing of a file, part 1 with its header last, and makes the object of it. */
export async function uploadWhole<T>(
  target: PartTarget,
  context: UploadContext,
  whole: WholeFile<T>,
): Promise<Uploaded<T>> {
  const { uploads, key } = target;
  const ranges = partRanges(whole.file.bytes - whole.headBytes, target.sizes, true);
  const upload = await openUpload(target, context, ranges.length);
  const send = async (signal: AbortSignal): Promise<{ first: Buffer; sha256: string }> => {
    const hash = createHash('sha256');
    const slots = createSlots(PUTS_AT_ONCE);
    let first: Buffer = Buffer.alloc(0);
    try {
      for await (const { number, body } of readAhead(whole.file, whole.headBytes, ranges, signal)) {
        hash.update(body);
        if (number === 1) first = body;
        else if (!isThere(upload.parts, number, body.length)) {
          await slots.add(() => uploads.put(key, upload.id, number, body));
        }
        whole.onProgress(number / ranges.length);
      }
      await slots.settle();
    } finally {
      await slots.idle();
    }
    return { first, sha256: hash.digest('hex') };
  };
  const [{ first, sha256 }, verified] = await both(context.signal, send, whole.verify);
  await uploads.put(key, upload.id, 1, first);
  context.signal.throwIfAborted();
  const made = await uploads.complete(key, upload.id);
  return { digest: { bytes: whole.file.bytes, sha256 }, made, verified };
}

/** The upload that the task's record names, unless it is gone or holds more parts than there are: then another. */
async function openUpload(
  { uploads, key, contentType }: PartTarget,
  { task, noteUpload }: UploadContext,
  count: number,
): Promise<OpenUpload> {
  if (task.upload !== null) {
    const parts = await uploads.list(key, task.upload);
    const isUsable = parts.length > 0 && parts.every(({ number }) => number <= count);
    if (isUsable) return { id: task.upload, parts };
  }
  const id = await uploads.begin(key, contentType);
  await noteUpload(id);
  return { id, parts: [] };
}

function isThere(parts: readonly UploadedPart[], number: number, bytes: number): boolean {
  return parts.some((part) => part.number === number && part.bytes === bytes);
}
