/** Bandwidth's XML as we read it: what is well-formed is read like the strict parser does, and nothing else is. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseAnswer, within, type XmlElement } from '../../../src/carriers/bandwidth/answer-xml.ts';
import { xml } from '../../../src/carriers/xml.ts';
import { parseXml, type Element } from '../../../stand-ins/xml.ts';

it('reads elements and texts', () => {
  const root = parseAnswer('<?xml version="1.0"?><!-- x --><A b="1 > 0">\n <B>x &amp; &#65;&#x42;</B><B/><C d=\'e\' /></A>\n');
  expect(within(root, 'B')?.text).toBe('x & AB');
  expect(root?.children.map(({ name }) => name)).toEqual(['B', 'B', 'C']);
  expect(within(root, 'C', 'D')).toBeUndefined();
});

it.each(['', 'x', '<A>', '</A>', '<A></B>', '<A/><B/>', 'x<A/>', '<A', '<!DOCTYPE A><A/>', '<A b></A>', '<A b="<"/>', '<A>'.repeat(40) + '</A>'.repeat(40)])('takes %s for nothing', (text) => {
  expect(parseAnswer(text)).toBeUndefined();
});

const word = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,5}$/);
const tree = fc.letrec<{ element: string }>((tie) => ({
  element: fc.tuple(word, fc.oneof({ maxDepth: 4 }, fc.string({ unit: 'binary' }).map(xml), fc.array(tie('element'), { maxLength: 3 }).map((parts) => parts.join('')))).map(([name, content]) => `<${name}>${content}</${name}>`),
})).element;

it('reads what the strict parser reads', () => {
  const plain = ({ name, text, children }: Element | XmlElement): unknown => ({ name, text: text.trim(), children: children.map(plain) });
  fc.assert(fc.property(tree, (text) => {
    const strict = parseXml(text);
    if ('root' in strict) expect(plain(parseAnswer(text) ?? { name: '', text: '', children: [] })).toEqual(plain(strict.root));
  }));
});

it('never throws', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom('<', '>', '/', 'A', '&', '&#9999999;', '"', '=', ' ', '<A>', '</A>', '<!--', '-->')).map((parts) => parts.join(''))), (text) => void parseAnswer(text)));
});
