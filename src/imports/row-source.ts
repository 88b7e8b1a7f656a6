/** Reads the chunks of a file and checks their rows, one chunk ahead: the next is checked while the commit of this one is on its way to the disk. */
import type { ImportLists } from './import-lists.ts';
import { checkRows, type CheckedRow } from './judge-rows.ts';

export interface RowSource {
  /** The rows of chunk `position` of `chunks`, checked; undefined when they are lost. */
  rows(id: string, position: number, chunks: number): Promise<CheckedRow[] | undefined>;
}

export async function readRows(lists: Pick<ImportLists, 'chunk'>, id: string, position: number): Promise<CheckedRow[] | undefined> {
  const rows = await lists.chunk(id, position);
  return rows && checkRows(rows);
}

/** For one who works on imports one after the other. */
export function createRowSource(lists: Pick<ImportLists, 'chunk'>): RowSource {
  let ahead: { name: string; rows: Promise<CheckedRow[] | undefined> } | undefined;

  return {
    async rows(id, position, chunks) {
      const name = `${id} ${position}`;
      const held = ahead?.name === name ? ahead.rows : undefined;
      const rows = await (held ?? readRows(lists, id, position));
      // Tried again, this chunk is read anew.
      if (position + 1 < chunks) {
        const next = readRows(lists, id, position + 1);
        // Whoever asks for it hears of it.
        next.catch(() => undefined);
        ahead = { name: `${id} ${position + 1}`, rows: next };
      } else ahead = undefined;
      return rows;
    },
  };
}
