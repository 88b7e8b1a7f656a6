/** What carriers say to callers: texts cut so that each piece is one that the carrier takes. */

/** Cut after a blank where there is one, and never inside a character. */
export function speechPieces(text: string, most: number): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > most) {
    const blank = rest.lastIndexOf(' ', most - 1);
    const pair = /[\ud800-\udbff]/.test(rest[most - 1] ?? '');
    const cut = blank > 0 ? blank + 1 : most - (pair ? 1 : 0);
    found.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...found, rest];
}
