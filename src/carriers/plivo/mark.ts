/** Our mark on a call as Plivo carries it: a SIP header whose name it begins with `X-PH-`, of letters, digits and percent signs alone. */
import { markIn } from '../mark.ts';
import type { Params } from '../dialect.ts';

const NAME = 'Ringthrough';
const PARAM = `x-ph-${NAME.toLowerCase()}`;
const MAX_MARK = 200;

/** `Name=value` of the attribute `sipHeaders`; undefined for a mark that has nothing to write. */
export function writeMark(mark: string): string | undefined {
  // The encoding throws at half a surrogate pair.
  const clean = mark.slice(0, MAX_MARK).replace(/[^\x21-\x7e]/g, '');
  if (clean === '') return undefined;
  const value = clean.replace(/[^A-Za-z0-9]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  return `${NAME}=${value}`;
}

/** Whether it comes back decoded is not said. */
export function readMark(params: Params): string | undefined {
  const found = [...params].find(([name]) => name.length === PARAM.length && name.toLowerCase() === PARAM)?.[1] ?? [];
  return markIn(found.map((text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }));
}
