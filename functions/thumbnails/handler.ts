import { createImages } from '../../shared/adapters/sharp-images.ts';
import { makeThumbnails } from '../../shared/tasks/make-thumbnails.ts';
import { createTaskWorker } from '../task-worker.ts';

const images = createImages();

export const handler = await createTaskWorker('thumbnails', (tools) => makeThumbnails({ ...tools, images }));
