/** Thrown when the stack cannot start for a reason that its user can mend; the message says which. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}
