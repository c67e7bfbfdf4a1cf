/** Pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** 8-bit RGB, three bytes a pixel, rows from the top without padding. */
export interface Picture extends PictureSize {
  readonly rgb: Uint8Array;
}

/** Bytes of a picture's pixels. */
export function pictureBytes({ width, height }: PictureSize): number {
  return width * height * 3;
}

/** A black picture to paste into. */
export function blankPicture({ width, height }: PictureSize): Picture {
  return { width, height, rgb: new Uint8Array(pictureBytes({ width, height })) };
}

/** Copies `tile` into `onto` with its top left corner at `x`, `y`; it must fit. */
export function pastePicture(onto: Picture, tile: Picture, x: number, y: number): void {
  if (x + tile.width > onto.width || y + tile.height > onto.height) {
    throw new RangeError(
      `a tile of ${tile.width}x${tile.height} at ${x},${y} leaves ${onto.width}x${onto.height}`,
    );
  }
  for (let row = 0; row < tile.height; row += 1) {
    const line = tile.rgb.subarray(row * tile.width * 3, (row + 1) * tile.width * 3);
    onto.rgb.set(line, ((y + row) * onto.width + x) * 3);
  }
}
