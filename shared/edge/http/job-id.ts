/** Ids of this shape may be asked of the store; any other is as good as unknown. */
export function looksLikeJobId(text: string | undefined): text is string {
  return text !== undefined && /^[\w-]{1,64}$/.test(text);
}
