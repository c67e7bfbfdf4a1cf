import os from 'node:os';
import { describe, expect, test } from 'vitest';
import { loadDeclarations } from '../../infra/local/declarations/load.ts';
import {
  isPrewarmed,
  localConcurrency,
  type StackOptions,
  stackParams,
} from '../../infra/local/stack-options.ts';

const CORES = os.availableParallelism();
const MAKERS = ['rendition480p', 'rendition720p', 'rendition1080p', 'thumbnails'];

function declared(options: Partial<StackOptions>) {
  return loadDeclarations({ params: stackParams(options) }).functions;
}

describe('the functions of one machine', () => {
  test('share its cores', () => {
    const atOnce = (workers?: number) =>
      Object.fromEntries(
        declared({}).map((fn) => [
          fn.name,
          localConcurrency(fn, fn.queues[0]?.maximumConcurrency ?? 0, workers),
        ]),
      );
    expect(atOnce()).toMatchObject({
      dispatch: 2,
      rendition1080p: Math.min(2, Math.max(1, Math.floor(CORES / 4))),
      chunk: CORES,
      join: 2,
    });
    expect(atOnce(1)).toMatchObject({ dispatch: 2, rendition1080p: 1, chunk: 1, join: 1 });
  });

  test('are limited as asked, and what is predicted of them goes by that', () => {
    const functions = declared({ lambdaTimeoutSeconds: 8, lambdaMemoryMb: 500 });
    const limited = functions.filter(
      ({ timeoutSeconds, memoryMb }) => timeoutSeconds === 8 && memoryMb === 500,
    );
    expect(limited.map(({ name }) => name)).toEqual([...MAKERS, 'chunk', 'join']);
    expect(functions.find(({ name }) => name === 'dispatch')?.environment).toMatchObject({
      LAMBDA_TIMEOUT_SECONDS: '8',
      LAMBDA_MEMORY_MB: '500',
      CHUNK_TIMEOUT_SECONDS: '8',
      CHUNK_MEMORY_MB: '500',
      CHUNK_WINDOW: String(CORES + 1),
    });
  });

  test.each([
    ['auto', MAKERS],
    ['lambda', MAKERS],
    ['chunked', ['chunk', 'join']],
    ['batch', []],
  ] as const)('are warm where a job begins by the lane %s', (lane, makers) => {
    const warm = declared({ lane }).filter(isPrewarmed);
    expect(warm.map(({ name }) => name)).toEqual(['dispatch', ...makers]);
  });
});
