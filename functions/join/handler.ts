import { openPartUploads } from '../../shared/adapters/object-store.ts';
import { createImages } from '../../shared/adapters/sharp-images.ts';
import { THUMBNAILS_TASK } from '../../shared/core/plan-tasks.ts';
import { readConfig } from '../../shared/edge/config.ts';
import { runJoin } from '../../shared/tasks/chunks/run-join.ts';
import { makeJoin } from '../../shared/tasks/join/make-join.ts';
import { makeJoinedThumbnails } from '../../shared/tasks/join/make-joined-thumbnails.ts';
import { createTaskWorker } from '../task-worker.ts';

const { objectsUrl, outputsBucket: bucket } = readConfig(process.env);
const uploads = openPartUploads({ objectsUrl: objectsUrl ?? undefined, bucket });
const images = createImages();

export const handler = await createTaskWorker(
  'join',
  (tools, task) =>
    task === THUMBNAILS_TASK ? makeJoinedThumbnails({ ...tools, images }) : makeJoin({ ...tools, uploads }),
  { run: runJoin },
);
