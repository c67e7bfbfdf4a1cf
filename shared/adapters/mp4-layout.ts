import { type FileHandle, open } from 'node:fs/promises';

/** What the boxes of an MP4 tell that ffprobe does not. */
export interface Mp4Layout {
  /** The index stands before the media data. */
  readonly faststart: boolean;
  /** Profile, constraint flags and level of the first AVC track, six hexadecimal digits; null without one. */
  readonly avcConfig: string | null;
}

interface Box {
  readonly type: string;
  /** Positions in the file: of the content and behind it. */
  readonly start: number;
  readonly end: number;
}

const MAX_BOXES = 10_000;
/** Version, counts and flags that stand before the child boxes of a sample description and of a visual sample entry. */
const STSD_HEADER = 8;
const VISUAL_ENTRY_HEADER = 78;

/** Walks the boxes by their headers; a few hundred bytes are read, however long the file. */
export async function readMp4Layout(path: string): Promise<Mp4Layout> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const top = await childBoxes(file, 0, size);
    const moov = top.findIndex((box) => box.type === 'moov');
    const mdat = top.findIndex((box) => box.type === 'mdat');
    const index = top[moov];
    return {
      faststart: index !== undefined && (mdat === -1 || moov < mdat),
      avcConfig: index ? await findAvcConfig(file, index) : null,
    };
  } finally {
    await file.close();
  }
}

async function findAvcConfig(file: FileHandle, moov: Box): Promise<string | null> {
  for (const track of await childrenOfType(file, moov, 'trak')) {
    let boxes = [track];
    for (const type of ['mdia', 'minf', 'stbl', 'stsd']) {
      boxes = (await Promise.all(boxes.map((box) => childrenOfType(file, box, type)))).flat();
    }
    for (const stsd of boxes) {
      const entries = await childBoxes(file, stsd.start + STSD_HEADER, stsd.end);
      const entry = entries.find((box) => box.type === 'avc1' || box.type === 'avc3');
      if (!entry) continue;
      const configs = await childBoxes(file, entry.start + VISUAL_ENTRY_HEADER, entry.end);
      const config = configs.find((box) => box.type === 'avcC');
      // The record's first byte is its version.
      if (config) return (await bytesAt(file, config.start + 1, 3)).toString('hex');
    }
  }
  return null;
}

async function childrenOfType(file: FileHandle, parent: Box, type: string): Promise<Box[]> {
  return (await childBoxes(file, parent.start, parent.end)).filter((box) => box.type === type);
}

async function childBoxes(file: FileHandle, start: number, end: number): Promise<Box[]> {
  const boxes: Box[] = [];
  let position = start;
  while (position + 8 <= end && boxes.length < MAX_BOXES) {
    const header = await bytesAt(file, position, 16);
    if (header.length < 8) break;
    const short = header.readUInt32BE(0);
    const long = short === 1 && header.length === 16;
    const size = short === 0 ? end - position : long ? Number(header.readBigUInt64BE(8)) : short;
    const headerSize = long ? 16 : 8;
    if (size < headerSize) break;
    boxes.push({
      type: header.toString('latin1', 4, 8),
      start: position + headerSize,
      end: Math.min(position + size, end),
    });
    position += size;
  }
  return boxes;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
