/** XML 1.0 to a small tree. Stricter than the parser alone: what a conforming parser refuses is refused. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

export interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  /** All text directly within, joined. */
  text: string;
}

type Raw = Record<string, unknown>;

const OPTIONS = {
  preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', parseTagValue: false, parseAttributeValue: false, trimValues: false,
  ignoreDeclaration: true, ignorePiTags: true, allowBooleanAttributes: false,
};
/** With `htmlEntities` numeric references are decoded; named ones beyond XML's five are refused before. */
const parser = new XMLParser({ ...OPTIONS, processEntities: true, htmlEntities: true });
const rawParser = new XMLParser({ ...OPTIONS, processEntities: false });

// oxlint-disable-next-line no-control-regex -- exactly the characters that XML 1.0 forbids (section 2.2)
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;
const OPAQUE = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g;
const BAD_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9A-Fa-f]+);)/;

/** The root element, or in words why the text is not a well-formed document. */
export function parseXml(text: string): { root: Element } | { fault: string } {
  if (FORBIDDEN.test(text)) return { fault: 'a control character' };
  if (/<!DOCTYPE/i.test(text)) return { fault: 'a document type declaration' };
  if (BAD_REFERENCE.test(text.replace(OPAQUE, ''))) return { fault: 'an ampersand that begins no XML reference' };
  const verdict = XMLValidator.validate(text, { allowBooleanAttributes: false });
  if (verdict !== true) return { fault: `${verdict.err.msg} (line ${verdict.err.line})` };
  if (hasRawLessThan(rawParser.parse(text) as Raw[])) return { fault: "'<' within an attribute" };
  const nodes = (parser.parse(text) as Raw[]).filter((node) => !isText(node));
  const [root, second] = nodes;
  if (!root || second) return { fault: 'not exactly one root element' };
  return { root: toElement(root) };
}

function isText(node: Raw): boolean {
  return '#text' in node;
}

function nameOf(node: Raw): string {
  return Object.keys(node).find((key) => key !== ':@') ?? '';
}

function childrenOf(node: Raw): Raw[] {
  return (node[nameOf(node)] ?? []) as Raw[];
}

function hasRawLessThan(nodes: readonly Raw[]): boolean {
  return nodes.some((node) => !isText(node) && (Object.values((node[':@'] ?? {}) as Record<string, string>).some((value) => value.includes('<')) || hasRawLessThan(childrenOf(node))));
}

function toElement(node: Raw): Element {
  const inner = childrenOf(node);
  return {
    name: nameOf(node),
    attributes: (node[':@'] ?? {}) as Record<string, string>,
    children: inner.filter((child) => !isText(child)).map(toElement),
    text: inner.filter(isText).map((child) => String(child['#text'])).join(''),
  };
}
