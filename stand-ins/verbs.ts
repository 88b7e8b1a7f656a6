/** Reads a document of verbs strictly: the elements, attributes and values that a carrier documents, and no others. */
import { parseXml, type Element } from './xml.ts';

export type Rule = (value: string) => boolean;

export interface Verb {
  attributes: Readonly<Record<string, Rule>>;
  children?: readonly string[];
  /** What the text within must be; without it there must be none but white space. */
  text?: Rule;
}

export interface Verbs {
  verbs: Readonly<Record<string, Verb>>;
  /** Those that may stand in `<Response>`. */
  top: readonly string[];
  /** What else a carrier asks of the whole. */
  check(verbs: readonly Element[]): readonly string[];
}

export const within = (least: number, most: number): Rule => (value) => /^[0-9]+$/.test(value) && Number(value) >= least && Number(value) <= most;
export const oneOf = (...words: string[]): Rule => (value) => words.includes(value);
/** Relative ones too. */
export const address: Rule = (value) => value !== '' && URL.canParse(value, 'https://base.invalid/');
export const wholeAddress: Rule = (value) => /^https?:\/\//.test(value) && URL.canParse(value);
export const method = oneOf('GET', 'POST');
export const flag = oneOf('true', 'false');
export const number: Rule = (value) => /^\+[1-9][0-9]{6,14}$/.test(value);
export const said = (most: number): Rule => (value) => value.trim() !== '' && value.length <= most;

function faultsOf(verbs: Verbs['verbs'], element: Element): string[] {
  const rule = verbs[element.name];
  if (!rule) return [`<${element.name}> is not known`];
  const { attributes, children = [], text } = rule;
  return [
    ...Object.entries(element.attributes).flatMap(([name, value]) => ((attributes[name] ?? (() => false))(value) ? [] : [`${name}="${value}" of <${element.name}>`])),
    ...((text ?? ((value: string) => value.trim() === ''))(element.text.trim()) ? [] : [`the text of <${element.name}>`]),
    ...element.children.flatMap((child) => (children.includes(child.name) ? faultsOf(verbs, child) : [`<${child.name}> in <${element.name}>`])),
  ];
}

/** The verbs, or in words what is wrong with the document. */
export function readVerbs(rules: Verbs, contentType: string, body: string): { verbs: readonly Element[] } | { faults: readonly string[] } {
  if (!/^(?:text|application)\/xml\b/.test(contentType)) return { faults: [`Content-Type ${contentType}`] };
  const document = parseXml(body);
  if ('fault' in document) return { faults: [document.fault] };
  const { root } = document;
  const verbs = root.children;
  const faults = root.name === 'Response' && Object.keys(root.attributes).length === 0 ? [] : ['the root is not a bare <Response>'];
  faults.push(...verbs.flatMap((verb) => (rules.top.includes(verb.name) ? faultsOf(rules.verbs, verb) : [`<${verb.name}> in <Response>`])), ...rules.check(verbs));
  return faults.length > 0 ? { faults } : { verbs };
}
