/**
 * Cuts a body into its lines while it comes in. A row never spans lines, since no field can hold a line break: so an
 * unbalanced quote or a broken line spoils that line alone. A line above the limit is read past, not kept.
 */
export type Line = { line: number; text: string } | { line: number; fault: string };

export interface LineSplitter {
  /** The lines that `bytes` completes; blank ones count and are left out. */
  take(bytes: Buffer): Line[];
  /** What came after the last line break. */
  end(): Line[];
}

export const MAX_LINE_BYTES = 65_536;

const LF = 10;
const CR = 13;
const BYTE_ORDER_MARK = '\uFEFF';

/** Finds the next line break; remembers where the next of each kind is, so that every byte is looked at once. */
function createBreakFinder(bytes: Buffer): (from: number) => number {
  let lf = bytes.indexOf(LF);
  let cr = bytes.indexOf(CR);
  return (from) => {
    if (lf >= 0 && lf < from) lf = bytes.indexOf(LF, from);
    if (cr >= 0 && cr < from) cr = bytes.indexOf(CR, from);
    if (lf < 0 || cr < 0) return Math.max(lf, cr);
    return Math.min(lf, cr);
  };
}

export function createLineSplitter(maxBytes = MAX_LINE_BYTES): LineSplitter {
  let held: Buffer[] = [];
  let size = 0;
  let line = 0;
  let afterCr = false;

  function hold(part: Buffer): void {
    size += part.length;
    if (size <= maxBytes) held.push(part);
  }

  function finish(lines: Line[]): void {
    line += 1;
    if (size > maxBytes) {
      lines.push({ line, fault: `is longer than ${maxBytes} bytes` });
    } else {
      const raw = Buffer.concat(held).toString('utf8');
      const text = line === 1 && raw.startsWith(BYTE_ORDER_MARK) ? raw.slice(1) : raw;
      if (text.trim() !== '') lines.push({ line, text });
    }
    held = [];
    size = 0;
  }

  return {
    take(bytes) {
      const lines: Line[] = [];
      const nextBreak = createBreakFinder(bytes);
      // A CR that ended the bytes before and an LF that begins these are one line break.
      let from = afterCr && bytes[0] === LF ? 1 : 0;
      if (bytes.length > 0) afterCr = false;
      for (let at = nextBreak(from); at >= 0; at = nextBreak(from)) {
        hold(bytes.subarray(from, at));
        finish(lines);
        from = bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
        afterCr = bytes[at] === CR && at + 1 === bytes.length;
      }
      if (from < bytes.length) hold(bytes.subarray(from));
      return lines;
    },
    end() {
      const lines: Line[] = [];
      if (size > 0) finish(lines);
      return lines;
    },
  };
}
