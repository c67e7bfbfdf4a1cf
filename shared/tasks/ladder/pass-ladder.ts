import { join } from 'node:path';
import type { RenditionPlan } from '../../core/plan.ts';
import type {
  EncodedLadder,
  EncodedOne,
  EncodeLadder,
  EncodeLadderRequest,
} from '../../core/ports/ladder.ts';
import type { Ffmpeg } from '../../core/ports/media.ts';
import { passThrough } from '../pass-through.ts';

export interface RestEncoders {
  /** Encodes what is left of the renditions. */
  readonly ladder: EncodeLadder;
  /** Takes the stills where no rendition is left: in one piece. */
  readonly whole: EncodeLadder;
}

/** Of the whole; a decode against an encode. */
const PASS_SHARE = 0.2;

/** Copies the rendition that the source is already, if there is one, and encodes the others. */
export function passLadder(ffmpeg: Ffmpeg, { ladder, whole }: RestEncoders): EncodeLadder {
  return async (request) => {
    const rendition = request.renditions.find((each) => each.passThrough);
    if (rendition === undefined) return ladder(request);
    const passed = await pass(ffmpeg, request, rendition);
    const onProgress = (fraction: number) => request.onProgress(PASS_SHARE + (1 - PASS_SHARE) * fraction);
    if (passed === null) return ladder({ ...request, onProgress });
    const renditions = request.renditions.filter((each) => each !== rendition);
    const rest = await encodeRest({ ladder, whole }, { ...request, renditions, onProgress });
    return { ...rest, renditions: new Map([...rest.renditions, [rendition.name, passed]]) };
  };
}

async function pass(
  ffmpeg: Ffmpeg,
  request: EncodeLadderRequest,
  rendition: RenditionPlan,
): Promise<EncodedOne | null> {
  const file = join(request.scratch, `${rendition.name}.mp4`);
  const onProgress = (fraction: number) => request.onProgress(PASS_SHARE * fraction);
  const run = await passThrough(ffmpeg, { ...request, rendition, outputFile: file, onProgress });
  return run === null ? null : { file, run, passedThrough: true };
}

async function encodeRest(
  { ladder, whole }: RestEncoders,
  request: EncodeLadderRequest,
): Promise<EncodedLadder> {
  if (request.renditions.length > 0) return ladder(request);
  return request.stills ? whole(request) : { renditions: new Map(), stills: null };
}
