/** A file that is written aside, piece by piece, and takes its place when it is whole and on disk. */
import { open, rename, rm } from 'node:fs/promises';

export interface Aside {
  write(text: string): Promise<void>;
  /** It is in its place. */
  finish(): Promise<void>;
  /** What was there stays. */
  giveUp(): Promise<void>;
}

export async function openAside(path: string, mode: number): Promise<Aside> {
  const aside = `${path}.new`;
  await rm(aside, { force: true });
  const handle = await open(aside, 'wx', mode);
  return {
    async write(text) {
      await handle.writeFile(text);
    },
    async finish() {
      await handle.sync();
      await handle.close();
      await rename(aside, path);
    },
    async giveUp() {
      await handle.close().catch(() => undefined);
      await rm(aside, { force: true });
    },
  };
}
