import type { Plan } from '../plan.ts';
import type { Probe } from '../probe.ts';
import { declaredFrames } from '../ranges/can-split.ts';

/** Containers in which a time can be sought: with an index, or with a clock in the stream. */
const SEEKABLE = /^(mov|matroska|mpegts)/;

/**
 * Whether a source may be encoded chunk by chunk. What it declares decides here; whether it can be cut at a given frame
 * is only found by seeking there.
 */
export function canChunk(probe: Probe, plan: Plan): boolean {
  return (
    SEEKABLE.test(probe.container) &&
    !probe.brokenOff &&
    probe.containerStartSeconds !== null &&
    declaredFrames(probe, plan) > 0
  );
}
