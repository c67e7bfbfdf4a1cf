import { makeRendition } from '../../shared/tasks/make-rendition.ts';
import { createTaskWorker } from '../task-worker.ts';

export const handler = await createTaskWorker('rendition', makeRendition);
