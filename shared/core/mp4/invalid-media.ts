import { MillraceError } from '../errors.ts';

/** A file of ours that is not as it was made to be. */
export function invalidMedia(what: string): MillraceError {
  return new MillraceError('output.invalid', `The encoded media is not as planned: ${what}.`);
}
