import { parse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineSplitter, type Line } from '../../src/imports/line-splitter.ts';
import { createRowReader, csvFields } from '../../src/imports/row-reader.ts';

function split(pieces: readonly Buffer[], maxBytes?: number): Line[] {
  const splitter = createLineSplitter(maxBytes);
  return [...pieces.flatMap((piece) => splitter.take(piece)), ...splitter.end()];
}

/** `bytes` cut at `cuts`. */
function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
  return edges.slice(1).map((edge, at) => bytes.subarray(edges[at], edge));
}

describe('line splitter', () => {
  test.each(['\n', '\r\n', '\r'])('cuts at %j and counts blank lines', (end) => {
    expect(split([Buffer.from(`\uFEFFa${end}${end}b${end}c`)])).toEqual([{ line: 1, text: 'a' }, { line: 3, text: 'b' }, { line: 4, text: 'c' }]);
  });

  test('gives the same lines however the bytes were cut', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ',', '"'), maxLength: 6 });
    const file = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r'))).map((lines) => lines.flat().join(''));
    fc.assert(
      fc.property(file, fc.array(fc.nat(), { maxLength: 8 }), (text, cuts) => {
        const expected = text.split(/\r\n|\n|\r/).flatMap((part, at) => (part === '' ? [] : [{ line: at + 1, text: part }]));
        expect(split(cutAt(Buffer.from(text), cuts))).toEqual(expected);
      }),
    );
  });

  test('reads past a line that is too long, whatever it is cut into', () => {
    const long = Buffer.from(`short\n${'x'.repeat(11)}\nend`);
    const expected = [{ line: 1, text: 'short' }, { line: 2, fault: 'is longer than 10 bytes' }, { line: 3, text: 'end' }];
    for (let cut = 0; cut <= long.length; cut += 1) expect(split(cutAt(long, [cut]), 10)).toEqual(expected);
  });
});

describe('row reader', () => {
  test('splits lines without quotes as the parser would', () => {
    const line = fc.string({ unit: fc.constantFrom('a', '+', ',', ' ', '\t', ';', "'"), minLength: 1 }).filter((text) => text.trim() !== '');
    fc.assert(
      fc.property(line, (text) => {
        expect(csvFields(text)).toEqual(parse(text, { trim: true, relax_column_count: true })[0]);
      }),
    );
  });

  test('keeps an unbalanced quote to its own line', () => {
    const reader = createRowReader('csv');
    const lines = ['number,customer,primary,carrier', '+1,"a,b,c', '+2,"a","b ""x""",c', '+3,a"b,b,c', '+4,"a"x,b,c', '+5,a,b'];
    expect(lines.map((text, at) => reader.read({ line: at + 1, text }))).toEqual([
      undefined,
      { line: 2, fault: 'a quote is not closed' },
      { line: 3, value: { number: '+2', customer: 'a', primary: 'b "x"', carrier: 'c' } },
      { line: 4, fault: 'a quote stands inside an unquoted field' },
      { line: 5, fault: 'text follows a closing quote' },
      { line: 6, fault: 'has 3 fields where the header has 4' },
    ]);
  });

  test.each([
    ['number,customer,primary,carrier,colour', 'unknown column "colour"'],
    ['number,customer,primary', 'the column carrier is missing'],
    ['number;customer;primary;carrier', 'unknown column "number;customer;primary;carrier"'],
    ['number,customer,primary,carrier,plan,plan', 'the column plan is there twice'],
    ['number,"customer', 'the header line cannot be read: a quote is not closed'],
  ])('refuses the header %s', (text, detail) => {
    expect(() => createRowReader('csv').read({ line: 1, text })).toThrow(detail);
  });

  test('refuses a file without a header', () => {
    expect(() => createRowReader('csv').end()).toThrow('there is no header line');
  });

  test.each([
    ['{"number":', 'is not valid JSON'],
    ['[1]', 'is not a JSON object'],
    ['null', 'is not a JSON object'],
    [`{"plan":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'the field "plan" is not a text'],
  ])('names what is wrong with a line of JSON', (text, fault) => {
    expect(createRowReader('ndjson').read({ line: 7, text })).toEqual({ line: 7, fault });
  });
});
