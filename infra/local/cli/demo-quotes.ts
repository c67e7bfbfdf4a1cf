import { loadDeclarations } from '../declarations/load.ts';
import { stackParams } from '../stack-options.ts';
import { type DemoArguments, limitsOf } from './demo-arguments.ts';
import { filmPath, lookAtFile } from './demo-files.ts';
import { type Quote, quoteFile } from './quote.ts';
import { formatSeconds, formatTable, formatUsd } from './text.ts';

/** `--dry-run`: tells what would be made of each file. Answers the exit code: 1 when a file would fail. */
export async function quoteDemo(args: DemoArguments): Promise<number> {
  const { functions } = loadDeclarations({
    params: stackParams(limitsOf(args)),
  });
  const named = args.files.length === 0 ? [filmPath()] : args.files;
  const quotes: Quote[] = [];
  for (const file of await Promise.all(named.map(lookAtFile))) {
    if (file.kind === 'unusable') process.stderr.write(`${file.problem}\n`);
    else quotes.push(await quoteFile(file.path, functions));
  }
  const text = args.json ? JSON.stringify(quotes, null, 2) : quotes.map(inWords).join('\n\n');
  process.stdout.write(`${text}\n`);
  return quotes.length === named.length && quotes.every((quote) => quote.error === null) ? 0 : 1;
}

function inWords(quote: Quote): string {
  if (quote.error !== null) return `${quote.file}: ${quote.error.code}: ${quote.error.detail}`;
  const { container, chunks } = quote;
  const time = (seconds: number | null): string =>
    seconds === null ? 'unknown' : `about ${formatSeconds(seconds)}`;
  const own = (seconds: number | null): string => (container || chunks ? '' : time(seconds));
  const rows = [
    ...quote.renditions.map((rendition) => [
      rendition.name,
      `${rendition.width}x${rendition.height}`,
      own(rendition.predictedSeconds),
    ]),
    ['thumbnails', '', own(quote.thumbnails.predictedSeconds)],
    ...(chunks
      ? [[`${chunks.pieces} pieces`, `${chunks.atOnce} at a time`, time(chunks.predictedSeconds)]]
      : []),
    ...(container ? [['all of it', `${container.vcpus} vCPUs`, time(container.predictedSeconds)]] : []),
  ];
  const cost = quote.estimatedUsd === null ? 'unknown' : formatUsd(quote.estimatedUsd);
  return [
    `${quote.file}: estimated cost on AWS ${cost}; nothing was made`,
    `  ${quote.lane}: ${quote.laneReason}`,
    ...formatTable(rows).map((row) => `  ${row}`),
    ...quote.skipped.map(({ name, reason }) => `  ${name} skipped: ${reason}`),
  ].join('\n');
}
