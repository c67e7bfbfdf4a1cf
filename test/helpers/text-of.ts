import { text } from 'node:stream/consumers';
import type { ObjectStore } from '../../shared/core/ports/object-store.ts';

/** Content of an object; undefined when there is none. */
export async function textOf(store: ObjectStore, key: string): Promise<string | undefined> {
  return (await store.head(key)) === undefined ? undefined : text(await store.read(key));
}
