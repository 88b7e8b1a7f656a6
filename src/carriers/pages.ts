/** Lists that a carrier gives page after page: read to their end, and never round and round. */
import { unusable } from './http.ts';

export interface Page<Item, At> {
  items: readonly Item[];
  /** Where the next one is; undefined after the last. */
  next: At | undefined;
}

/** More than any account has. */
const MOST_PAGES = 100_000;

/** `At` is a number of a page or whatever the carrier gives for the next one. Throws `carrier_unavailable` for a list without an end. */
export async function* pagesOf<Item, At extends string | number>(carrier: string, first: At, read: (at: At) => Promise<Page<Item, At>>): AsyncGenerator<readonly Item[]> {
  const seen = new Set<At>();
  for (let at: At | undefined = first; at !== undefined;) {
    if (seen.has(at) || seen.size === MOST_PAGES) throw unusable(carrier, 'gave a list without an end', false);
    seen.add(at);
    const { items, next }: Page<Item, At> = await read(at);
    yield items;
    at = next;
  }
}
