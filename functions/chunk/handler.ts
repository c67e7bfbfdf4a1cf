import { parseChunkName } from '../../shared/core/chunks/chunk-names.ts';
import { makeAudioPiece } from '../../shared/tasks/chunks/make-audio-piece.ts';
import { makeChunk } from '../../shared/tasks/chunks/make-chunk.ts';
import { runChunk } from '../../shared/tasks/chunks/run-chunk.ts';
import { createTaskWorker } from '../task-worker.ts';

export const handler = await createTaskWorker(
  'chunk',
  (tools, task) => (parseChunkName(task)?.kind === 'audio' ? makeAudioPiece(tools) : makeChunk(tools)),
  { run: runChunk, taskNames: ['chunk-', 'audio-'] },
);
