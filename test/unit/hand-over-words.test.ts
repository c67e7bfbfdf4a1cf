import { describe, expect, it } from 'vitest';
import type { HandOverDecision } from '../../shared/core/route/decide-hand-over.ts';
import { handOverWords, limitWords, lostWords, spaceWords } from '../../shared/core/route/hand-over-words.ts';
import { hostTime, type Pace } from '../../shared/core/route/project-end.ts';
import { NOW, task } from '../fixtures/jobs.ts';

const TIME = hostTime(NOW, NOW + 900_000, 30_000);
/** A tenth of the work in 60 seconds, heard of last after 70. */
const PACE: Pace = { since: NOW + 10_000, at: NOW + 70_000, fraction: 0.1, done: 0.1, tookMs: 60_000 };

type Given = Exclude<HandOverDecision, { kind: 'goOn' }>;
const late = (endSeconds: number): Given => ({ kind: 'late', end: NOW + endSeconds * 1000 });

describe('the reason of a hand-over', () => {
  it.each<[string, Given, Pace | null, number | null, string]>([
    [
      'names the pace of a rendition',
      late(1110),
      PACE,
      240,
      "720p ran at 0.4x of real time and would have ended 210 seconds after its function's limit of 900 seconds; a container makes it instead.",
    ],
    [
      'says so when only the reserve would have been hurt',
      late(880),
      PACE,
      240,
      "720p ran at 0.4x of real time and would have ended 20 seconds before its function's limit of 900 seconds, too late to be sure of; a container makes it instead.",
    ],
    [
      'tells progress where that is not seconds of video',
      late(901),
      PACE,
      null,
      "720p had reached 10 % after 70 seconds and would have ended 1 second after its function's limit of 900 seconds; a container makes it instead.",
    ],
    [
      'tells how far it was at the last moment',
      { kind: 'lastMoment' },
      PACE,
      240,
      '720p had reached 10 % when the 900 seconds of its function were nearly over; a container makes it instead.',
    ],
    [
      'does so when nobody knows how far it was',
      { kind: 'lastMoment' },
      null,
      null,
      '720p had not ended when the 900 seconds of its function were nearly over; a container makes it instead.',
    ],
  ])('%s', (_, decision, pace, durationSeconds, words) => {
    expect(handOverWords('720p', decision, pace, TIME, durationSeconds, NOW + 70_000)).toBe(words);
  });

  it.each([
    ['timeout', 'at its time limit'],
    ['memory', 'for want of memory'],
  ] as const)('tells of a function that was lost by %s', (by, how) => {
    expect(lostWords(task('720p', { progress: 0.636 }), by)).toBe(
      `The function that made 720p was stopped ${how}, at 63 % of the work; a container makes it instead.`,
    );
  });

  it('tells of the limit that was met', () => {
    expect(limitWords('720p', 'There was not enough scratch space for the encoded file.')).toBe(
      'There was not enough scratch space for the encoded file (720p); a container makes it instead.',
    );
    expect(spaceWords('720p', 99.9)).toBe(
      'Only 99 MB of scratch space were left to 720p in its function; a container makes it instead.',
    );
  });
});
