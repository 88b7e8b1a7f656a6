/**
 * A file of lines that is whole or not at all: written aside in small pieces, so that nobody waits for it long, and renamed when it is
 * on disk; read only when its checksum is right. Knows nothing of what the lines say. Beside it, a small note that can be renewed
 * without writing all of it again.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface SnapshotFile {
  /** `header` is one line of JSON; the lines have no line end of their own. Returns the size in bytes. */
  write(header: object, lines: Iterable<string>): Promise<number>;
  note(value: object): Promise<void>;
  /** Undefined when there is none. Throws when it is not whole. */
  read(): Promise<{ header: unknown; note: unknown; lines: Iterable<string> } | undefined>;
}

/** Some thousand short lines: about a millisecond of work. */
const PIECE_BYTES = 65_536;
const ENDING = /\n!([0-9a-f]{64})\n$/;
const ENDING_BYTES = 1 + 1 + 64 + 1;

/** The lines of a text, without making all of them at once. */
function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}

function* piecesOf(header: object, lines: Iterable<string>): Generator<string> {
  let piece = JSON.stringify(header);
  for (const line of lines) {
    piece += `\n${line}`;
    if (piece.length < PIECE_BYTES) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

export function createSnapshotFile(dir: string): SnapshotFile {
  const file = join(dir, 'table');
  const noteFile = join(dir, 'in-step.json');

  return {
    async write(header, lines) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const aside = `${file}.new`;
      const handle = await open(aside, 'w', 0o600);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        for (const piece of piecesOf(header, lines)) {
          const content = Buffer.from(piece);
          hash.update(content);
          bytes += (await handle.write(content)).bytesWritten;
        }
        bytes += (await handle.write(`\n!${hash.digest('hex')}\n`)).bytesWritten;
        await handle.sync();
      } catch (error) {
        await handle.close();
        await rm(aside, { force: true });
        throw error;
      }
      await handle.close();
      await rename(aside, file);
      return bytes;
    },
    async note(value) {
      await writeFile(`${noteFile}.new`, JSON.stringify(value), { mode: 0o600 });
      await rename(`${noteFile}.new`, noteFile);
    },
    async read() {
      const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (!content) return undefined;
      const [, wanted] = ENDING.exec(content.subarray(-ENDING_BYTES).toString('latin1')) ?? [];
      const body = content.subarray(0, -ENDING_BYTES);
      if (wanted === undefined || createHash('sha256').update(body).digest('hex') !== wanted) throw new Error('the snapshot is damaged: its checksum is not right');
      const text = body.toString('utf8');
      const end = text.indexOf('\n');
      const first = end === -1 ? text : text.slice(0, end);
      const note: unknown = await readFile(noteFile, 'utf8').then((noted) => JSON.parse(noted) as unknown).catch(() => undefined);
      return { header: JSON.parse(first) as unknown, note, lines: end === -1 ? [] : linesOf(text.slice(end + 1)) };
    },
  };
}
