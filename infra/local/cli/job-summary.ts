import type { JobDocument } from '../../../shared/core/document-schema.ts';
import { formatBytes, formatSeconds, formatTable, formatUsd, type Paint } from './text.ts';

/** What came of a job, for people. `place` gives the path of an output by its key. */
export function summarizeJob(
  label: string,
  job: JobDocument,
  place: (key: string) => string,
  paint: Paint,
): string[] {
  const seconds = (Date.parse(job.updatedAt) - Date.parse(job.createdAt)) / 1000;
  const facts = `in ${formatSeconds(seconds)}, estimated cost on AWS ${formatUsd(job.cost.estimatedUsd)}`;
  const head =
    job.state === 'completed'
      ? `${label}: ${paint('green', 'completed')} ${facts}`
      : `${label}: ${paint('red', job.state)} ${facts}`;
  const error = job.error;
  const isElsewhere = [job, ...job.tasks].some(({ lane }) => lane !== 'lambda');
  const rows = job.outputs.map((output) => [
    output.name,
    formatBytes(output.bytes),
    output.width === null ? '' : `${output.width}x${output.height}`,
    output.durationSeconds === null ? '' : formatSeconds(output.durationSeconds),
    place(output.key),
  ]);
  return [
    head,
    ...(error === null ? [] : [`  ${error.code}: ${error.detail} ${error.remedy}`]),
    ...(isElsewhere ? sentences(job.laneReason).map((text) => `  ${paint('dim', text)}`) : []),
    ...job.warnings.map((warning) => `  ${paint('yellow', warning.code)}: ${warning.detail}`),
    ...job.tasks.flatMap((task) =>
      task.skipReason === null ? [] : [`  ${task.name} skipped: ${task.skipReason}`],
    ),
    ...formatTable(rows).map((row) => `  ${row}`),
  ];
}

/** One reason a line. */
function sentences(text: string): string[] {
  return text.split(/(?<=\.) /);
}
