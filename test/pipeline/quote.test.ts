import { describe, expect, test } from 'vitest';
import { filmPath } from '../../infra/local/cli/demo-files.ts';
import { quoteFile } from '../../infra/local/cli/quote.ts';
import { loadDeclarations } from '../../infra/local/declarations/load.ts';

/** Limits of the functions that make outputs. */
function declared(timeout: number) {
  return loadDeclarations({ params: { renditionTimeout: timeout, thumbnailsTimeout: timeout } }).functions;
}

describe('quoteFile', () => {
  test('tells what a container would take for what functions have too little time', async () => {
    expect(await quoteFile(filmPath(), declared(10))).toMatchObject({
      lane: 'batch',
      laneReason: expect.stringMatching(/^1080p is predicted to take \d+ seconds; a function has 10,/),
      container: { vcpus: 4, predictedSeconds: expect.any(Number) },
      renditions: ['480p', '720p', '1080p'].map((name) => ({ name, predictedSeconds: null })),
      thumbnails: { predictedSeconds: null },
      estimatedUsd: expect.any(Number),
    });
  });
});
