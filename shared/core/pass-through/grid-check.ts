import type { RenditionPlan } from '../plan.ts';
import { type Rational, toNumber } from '../rational.ts';
import type { ListedPacket } from './packet-list.ts';

/** Looks at the packets of a picture one after another, in the order in which they are decoded. */
export interface GridCheck {
  /** What is wrong, in words; null: nothing so far. After something was, nothing more is looked at. */
  add(packet: ListedPacket): string | null;
  /** What is wrong with the whole; null: nothing. */
  end(): string | null;
  frames(): number;
  /** Times of the keyframes. */
  keyTimes(): readonly number[];
}

/** Seconds of the cap that a buffer of rate control holds, as the encoder's own. */
const BUFFER_SECONDS = 2;

/**
 * Whether packets are those of a rendition: a keyframe first in every GOP of the grid and nowhere else, every frame of a
 * GOP between its keyframe and the next, once, at its exact time, and no burst that the encoder would not make.
 * @param unit seconds of a packet's times
 */
export function createGridCheck(
  { frameRate, gopFrames, maxBitrate }: Pick<RenditionPlan, 'frameRate' | 'gopFrames' | 'maxBitrate'>,
  unit: Rational,
): GridCheck {
  const mostBytes = ((gopFrames / toNumber(frameRate) + BUFFER_SECONDS) * maxBitrate) / 8;
  const keyTimes: number[] = [];
  let frames = 0;
  let inGop = new Set<number>();
  let bytes = 0;
  let wrong: string | null = null;

  function look({ shownAt, bytes: size, isKey }: ListedPacket): string | null {
    const frame = frameAt(shownAt, unit, frameRate);
    if (frame === null) return `a frame is shown beside the grid, at ${shownAt}`;
    const place = frames % gopFrames;
    const first = frames - place;
    if (isKey !== (place === 0)) return `frame ${frames} is ${isKey ? 'a' : 'no'} keyframe`;
    if (isKey) {
      if (frame !== first) return `a keyframe is shown as frame ${frame}, not ${first}`;
      inGop = new Set();
      bytes = 0;
      keyTimes.push(shownAt);
    }
    if (frame < first || frame >= first + gopFrames || inGop.has(frame)) {
      return `frame ${frame} stands among those from ${first} on`;
    }
    inGop.add(frame);
    bytes += size;
    if (bytes > mostBytes) return `the frames from ${first} on have more than ${Math.floor(mostBytes)} bytes`;
    frames += 1;
    return null;
  }

  return {
    add(packet) {
      wrong ??= look(packet);
      return wrong;
    },
    end() {
      if (wrong !== null) return wrong;
      if (frames === 0) return 'there is no frame';
      const first = frames - inGop.size;
      const isWhole = [...inGop].every((frame) => frame < frames);
      return isWhole ? null : `a frame is missing from ${first} on`;
    },
    frames: () => frames,
    keyTimes: () => keyTimes,
  };
}

/** The frame of the grid that begins exactly then; null: none does. */
function frameAt(time: number, unit: Rational, rate: Rational): number | null {
  const [above, below] = [time * unit.num * rate.num, unit.den * rate.den];
  return Number.isSafeInteger(above) && above >= 0 && above % below === 0 ? above / below : null;
}
