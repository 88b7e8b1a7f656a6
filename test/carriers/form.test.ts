/** The form parser says what URLSearchParams says, of any bytes. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PARAMS, parseForm } from '../../src/carriers/form.ts';

/**
 * URLSearchParams drops a leading `?`, which has no meaning in a body. Node's also mangles characters beyond
 * Latin-1 that stand beside a malformed escape (`%zz😀`), which the standard does not: so they are escaped first.
 */
function reference(text: string): Map<string, string[]> {
  const params = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(`&${text.replace(/[\u0080-\u{10ffff}]+/gu, encodeURIComponent)}`)) params.set(name, [...(params.get(name) ?? []), value]);
  return params;
}

const piece = fc.oneof(
  fc.constantFrom('&', '=', '+', '%', '?', '%2B', '%2b', '%zz', '%4', '%C3%A9', '%C3', '%FF', '%EF%BB%BF', '%ED%A0%80', '%00', 'é', '😀', '__proto__', 'a'),
  fc.string({ maxLength: 3 }),
);
const messy = fc.array(piece, { maxLength: 40 }).map((parts) => Buffer.from(parts.join(''), 'utf8').toString('utf8'));

describe('parseForm', () => {
  it('agrees with URLSearchParams on any text', () => {
    fc.assert(fc.property(messy, (text) => {
      expect([...parseForm(text)]).toEqual([...reference(text)]);
    }), { numRuns: 2000 });
  });

  it('agrees with URLSearchParams on any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('utf8');
      expect([...parseForm(text)]).toEqual([...reference(text)]);
    }), { numRuns: 1000 });
  });

  it('gives back what URLSearchParams wrote', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })), { maxLength: 30 }), (pairs) => {
      const read = [...parseForm(new URLSearchParams(pairs).toString())].flatMap(([name, values]) => values.map((value) => [name, value]));
      const sorted = (list: readonly (readonly string[])[]) => list.map((pair) => JSON.stringify(pair)).sort();
      expect(sorted(read)).toEqual(sorted(pairs));
    }));
  });

  it('keeps the order and every value of a repeated name', () => {
    expect([...parseForm('b=1&a=2&b=3&b=1')]).toEqual([['b', ['1', '3', '1']], ['a', ['2']]]);
  });

  it('adds to what it is given, after what is there', () => {
    expect([...parseForm('a=query&b=2', parseForm('a=body'))]).toEqual([['a', ['body', 'query']], ['b', ['2']]]);
  });

  it('keeps malformed escapes as they stand and replaces invalid UTF-8', () => {
    expect([...parseForm('a=%zz%2&b=%FF%41')]).toEqual([['a', ['%zz%2']], ['b', ['\ufffdA']]]);
  });

  it('takes no more than the bound', () => {
    const params = parseForm(Array.from({ length: MAX_PARAMS + 5 }, (_, index) => `p${index}=x`).join('&'));
    expect(params.size).toBe(MAX_PARAMS);
    expect(params.has(`p${MAX_PARAMS - 1}`)).toBe(true);
  });
});
