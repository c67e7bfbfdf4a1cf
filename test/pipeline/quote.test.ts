import { describe, expect, test } from 'vitest';
import { filmPath } from '../../infra/local/cli/demo-files.ts';
import { quoteFile } from '../../infra/local/cli/quote.ts';
import { loadDeclarations } from '../../infra/local/declarations/load.ts';
import { type StackOptions, stackParams } from '../../infra/local/stack-options.ts';

function declared(options: Partial<StackOptions>) {
  return loadDeclarations({ params: stackParams(options) }).functions;
}

describe('quoteFile', () => {
  test('tells what a container would take for what functions have too little time', async () => {
    expect(await quoteFile(filmPath(), declared({ lambdaTimeoutSeconds: 10 }))).toMatchObject({
      lane: 'batch',
      laneReason: expect.stringMatching(/^1080p is predicted to take \d+ seconds; a function has 10,/),
      container: { vcpus: 4, predictedSeconds: expect.any(Number) },
      renditions: ['480p', '720p', '1080p'].map((name) => ({ name, predictedSeconds: null })),
      thumbnails: { predictedSeconds: null },
      estimatedUsd: expect.any(Number),
    });
  });

  test('tells in how many pieces functions would make it side by side', async () => {
    const quote = await quoteFile(filmPath(), declared({ lane: 'chunked', params: { chunkConcurrency: 2 } }));
    expect(quote).toMatchObject({
      lane: 'chunked',
      container: null,
      // Its keyframes are far apart: six seconds, then all the rest, and the sound.
      chunks: { pieces: 3, atOnce: 2, predictedSeconds: expect.any(Number) },
      renditions: ['480p', '720p', '1080p'].map((name) => ({ name, predictedSeconds: null })),
    });
    expect(quote.error === null && quote.estimatedUsd).toBeGreaterThan(0.001);
    expect(quote.error === null && quote.estimatedUsd).toBeLessThan(0.01);
  });
});
