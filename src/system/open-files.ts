/** How many files and connections the system lets this process have open at once. */
import { readFileSync } from 'node:fs';

/** Infinity where the system does not say. Node raises the soft limit to the hard one at its start. */
export function openFilesLimit(file = '/proc/self/limits'): number {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
    return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
