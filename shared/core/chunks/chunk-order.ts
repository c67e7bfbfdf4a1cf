import { chunkName, parseChunkName } from './chunk-names.ts';
import type { ChunkPlan } from './chunk-plan.ts';
import { chunkRange } from './chunk-range.ts';

/** Frames that chunk `index` is planned to have; the last one may turn out to have others. */
export function plannedFrames(plan: ChunkPlan, index: number): number {
  const { first, frames } = chunkRange(plan, index);
  return frames ?? Math.max(1, plan.declaredFrames - first);
}

/** Names in the order of time: the picture's, then the sound's. */
export function chunkNames(plan: ChunkPlan): string[] {
  const names = (kind: 'picture' | 'audio', count: number): string[] =>
    Array.from({ length: count }, (_, index) => chunkName({ kind, index }));
  return [...names('picture', plan.chunks), ...names('audio', plan.audio?.pieces ?? 0)];
}

/** Place among {@link chunkNames}. */
export function chunkPlace(plan: ChunkPlan, name: string): number {
  const parsed = parseChunkName(name);
  if (parsed === null) throw new RangeError(`${name} is no chunk.`);
  return parsed.kind === 'picture' ? parsed.index : plan.chunks + parsed.index;
}

/**
 * Names in the order in which they are rung for: the first of the picture and of the sound, since playback begins with
 * them; what is longer than the others, so that it is not left for the end; then all as they are played.
 */
export function chunkOrder(plan: ChunkPlan): string[] {
  const pieces = plan.audio?.pieces ?? 0;
  const usual = plannedFrames(plan, Math.min(1, plan.chunks - 1));
  const picture = Array.from({ length: plan.chunks }, (_, index) => ({
    name: chunkName({ kind: 'picture', index }),
    at: chunkRange(plan, index).first / plan.declaredFrames,
    isLong: plannedFrames(plan, index) > usual,
  }));
  const sound = Array.from({ length: pieces }, (_, index) => ({
    name: chunkName({ kind: 'audio', index }),
    at: index / pieces,
    isLong: false,
  }));
  const rest = [...sound.slice(1), ...picture.slice(1)].sort(
    (a, b) => Number(b.isLong) - Number(a.isLong) || a.at - b.at,
  );
  return [...picture.slice(0, 1), ...sound.slice(0, 1), ...rest].map(({ name }) => name);
}

/**
 * What the end of a chunk makes room for, the nearest first: every `window`th after it. So no more than `window` of
 * one job are rung for at a time, and short jobs get their turn beside long ones.
 */
export function successors(plan: ChunkPlan, name: string, window: number): string[] {
  const order = chunkOrder(plan);
  const place = order.indexOf(name);
  return order.filter((_, index) => index > place && (index - place) % window === 0);
}

/** What must have ended before a chunk is rung for; null for those that the job begins with. */
export function predecessor(order: readonly string[], place: number, window: number): string | null {
  return order[place - window] ?? null;
}

/** Times that joins are rung for while chunks end, so that they need not put a long job together at its end. */
const RINGS = 16;
const LEAST_BETWEEN_RINGS = 8;

/** Chunks that end between two rings for the joins. */
export function joinStep(total: number): number {
  return Math.max(LEAST_BETWEEN_RINGS, Math.ceil(total / RINGS));
}
