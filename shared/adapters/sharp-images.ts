import { open, stat } from 'node:fs/promises';
import type { Sharp, SharpOptions } from 'sharp';
import { MillraceError } from '../core/errors.ts';
import { type Picture, type PictureSize, pictureBytes } from '../core/picture.ts';
import type { ImageEncoding, Images } from '../core/ports/media.ts';

/** Pixels of an image that is read back: more than any poster or sheet has. */
const MAX_IMAGE_PIXELS = 50_000_000;

/** mozjpeg's quantisation without its trellis search, which takes five times the CPU to save 8 % of the bytes. */
const JPEG = { progressive: true, quantisationTable: 3 } as const;
/** Half the CPU of the default effort, 4 % larger. */
const WEBP = { effort: 2 } as const;

type Open = (input: string | Uint8Array, options: SharpOptions) => Sharp;

/** One thread, nothing cached, so that memory is one picture's. */
async function loadSharp(): Promise<Open> {
  const { default: sharp } = await import('sharp');
  sharp.concurrency(1);
  sharp.cache(false);
  return sharp;
}

/** Still images through sharp, which is loaded with the first one: it takes 25 MB that an encode may want. */
export function createImages(): Images {
  let loading: Promise<Open> | undefined;

  return {
    async countFrames(file: string, size: PictureSize): Promise<number> {
      try {
        return Math.floor((await stat(file)).size / pictureBytes(size));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
        throw error;
      }
    },

    async readFrame(file: string, size: PictureSize, index: number): Promise<Picture> {
      const rgb = new Uint8Array(pictureBytes(size));
      const handle = await open(file);
      try {
        const { bytesRead } = await handle.read(rgb, 0, rgb.length, index * rgb.length);
        if (bytesRead !== rgb.length)
          throw new RangeError(`frame ${index} has ${bytesRead} of ${rgb.length} bytes`);
        return { ...size, rgb };
      } finally {
        await handle.close();
      }
    },

    async write(picture: Picture, file: string, encoding: ImageEncoding): Promise<void> {
      const { width, height, rgb } = picture;
      loading ??= loadSharp();
      const sharp = await loading;
      const image = sharp(rgb, { raw: { width, height, channels: 3 }, limitInputPixels: MAX_IMAGE_PIXELS });
      const encoded =
        encoding.format === 'jpeg'
          ? image.jpeg({ quality: encoding.quality, ...JPEG })
          : image.webp({ quality: encoding.quality, ...WEBP });
      await encoded.toFile(file);
      await readBack(sharp, file, picture, encoding.format);
    },
  };
}

async function readBack(sharp: Open, file: string, expected: PictureSize, format: string): Promise<void> {
  const { info } = await sharp(file, { limitInputPixels: MAX_IMAGE_PIXELS, failOn: 'truncated' })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new MillraceError(
        'output.invalid',
        `A ${format} image could not be read back after it was written.`,
        {
          retryable: true,
          cause: error,
        },
      );
    });
  if (info.width === expected.width && info.height === expected.height) return;
  throw new MillraceError(
    'output.invalid',
    `A ${format} image should measure ${expected.width}x${expected.height}, but measures ${info.width}x${info.height}.`,
    { retryable: true },
  );
}
