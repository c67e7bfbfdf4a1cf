/** A source turns out not to be cut exactly, or not to be sound; encoding it in one piece gives the verdict. */
export class NotSplittable extends Error {
  override readonly name = 'NotSplittable';
}
