/** Reads the XML of Bandwidth's answers: elements and their texts, and nothing for a text that is not well-formed. Attributes and document types have no place in it. */

export interface XmlElement {
  name: string;
  /** All text directly within, joined, without blanks at its ends. */
  text: string;
  children: readonly XmlElement[];
}

/** A declaration or a comment; a tag: its slash, name, attributes and closing slash; or text. */
const TOKEN = /<\?[^]*?\?>|<!--[^]*?-->|<(\/)?([A-Za-z_][\w.-]*)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/)?>|[^<]+/y;
/** No answer of the API is anywhere near as deep. */
const MAX_DEPTH = 30;
const ENTITIES: ReadonlyMap<string, string> = new Map([['amp', '&'], ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"]]);

function decoded(text: string): string {
  return text.replace(/&(?:#([0-9]{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

interface Open {
  name: string;
  text: string;
  children: XmlElement[];
}

/** The root element; undefined for anything that is not one well-formed document. */
export function parseAnswer(text: string): XmlElement | undefined {
  const top: Open = { name: '', text: '', children: [] };
  const open: Open[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    const into = open.at(-1);
    if (token === null || into === undefined) return undefined;
    const [whole, closes, name, , alone] = token;
    if (name === undefined) {
      if (!whole.startsWith('<')) into.text += decoded(whole);
    } else if (closes === undefined) {
      if (open.length > MAX_DEPTH) return undefined;
      open.push({ name, text: '', children: [] });
    }
    if (name !== undefined && (closes ?? alone) !== undefined) {
      const ended = open.pop();
      const parent = open.at(-1);
      if (ended?.name !== name || !parent) return undefined;
      parent.children.push({ name, text: ended.text.trim(), children: ended.children });
    }
  }
  const [root, another] = top.children;
  return open.length === 1 && another === undefined && top.text.trim() === '' ? root : undefined;
}

/** The first element at the end of the path below `element`. */
export function within(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => at?.children.find((child) => child.name === name), element);
}
