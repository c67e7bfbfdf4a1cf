/**
 * An S3 event sequencer in a form that plain string comparison orders as S3 does: the shorter of two counts
 * as padded with zeros on the right, so trailing zeros say nothing.
 */
export function sequencerRank(sequencer: string): string {
  return sequencer.toUpperCase().replace(/0+$/, '') || '0';
}
