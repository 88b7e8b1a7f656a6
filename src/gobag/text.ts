/**
 * Texts of requests with what is not known when they are written: a secret, which comes from the environment when they are sent, and the id of what must be made first.
 * A request is made with marks in their places, which nobody can know beforehand, and taken apart at them.
 */

/** How a secret is escaped by where it stands. */
export type As = 'form' | 'json' | 'xml' | 'text';
/** `variable`: of the environment, with a secret; `id`: of what has this meaning (src/carriers/plain-api.ts). */
export type Part = string | { variable: string; as: As } | { id: string };
export type Text = readonly Part[];

export interface Marks {
  /** `name`: of the variable that has it. */
  secret(name: string): string;
  id(meaning: string): string;
  /** The text in parts; none for an empty one. `type` is that of its content. */
  parts(text: string, type?: string): Text;
}

function asOf(type: string): As {
  if (type.startsWith('application/x-www-form-urlencoded')) return 'form';
  return /json/.test(type) ? 'json' : /xml/.test(type) ? 'xml' : 'text';
}

/** `dice`: at least 8 bytes that nobody knows. A mark has letters and digits alone, so that no escaping changes it. */
export function createMarks(dice: Buffer): Marks {
  const stem = `mark${dice.toString('hex')}n`;
  const known: ({ variable: string } | { id: string })[] = [];
  const places = new Map<string, number>();

  function mark(what: { variable: string } | { id: string }): string {
    const name = JSON.stringify(what);
    const place = places.get(name) ?? known.push(what) - 1;
    places.set(name, place);
    return `${stem}${place}x`;
  }

  return {
    secret: (name) => mark({ variable: name }),
    id: (meaning) => mark({ id: meaning }),
    parts(text, type = '') {
      return text.split(new RegExp(`(${stem}\\d+x)`)).flatMap((piece): Part[] => {
        const place = piece.startsWith(stem) ? Number(piece.slice(stem.length, -1)) : undefined;
        const what = place === undefined ? undefined : known[place];
        if (what === undefined) return piece === '' ? [] : [piece];
        return ['variable' in what ? { variable: what.variable, as: asOf(type) } : what];
      });
    },
  };
}
