/** Not all that a task is made of is there: it is given back without an attempt counted, until it is rung for again. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  /** Chunks that had ended when it was looked. */
  readonly ended: number;

  constructor(message: string, ended: number) {
    super(message);
    this.ended = ended;
  }
}
