/** Files that a command reads or writes: what goes wrong with them is wrong usage. */
import { readFile } from 'node:fs/promises';
import { CliFault, usageFault } from './exits.ts';
import type { Io } from './io.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such folder',
  EACCES: 'it may not be opened',
  EPERM: 'it may not be opened',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk cannot be written to',
};

export function fileFault(file: string, error: unknown): CliFault {
  if (error instanceof CliFault) return error;
  const { code } = error as { code?: string };
  return usageFault(`${file}: ${(code !== undefined && REASONS[code]) || code || String(error)}`);
}

async function wholeInput({ input }: Io): Promise<string> {
  if (input.isTTY) throw usageFault('There is nothing on standard input', 'name a FILE with the JSON, or pipe it in');
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk as Buffer | string));
  return Buffer.concat(chunks).toString('utf8');
}

/** The JSON of a file, or of standard input when none (or `-`) is named. */
export async function readJson(io: Io, file: string | undefined): Promise<unknown> {
  const fromInput = file === undefined || file === '-';
  let text: string;
  try {
    text = fromInput ? await wholeInput(io) : await readFile(file, 'utf8');
  } catch (error) {
    throw fileFault(fromInput ? 'standard input' : file, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageFault(`${fromInput ? 'Standard input' : file} is not valid JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
