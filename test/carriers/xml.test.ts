/** What XML 1.0 can carry, and how it is written. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { xml, xmlChars } from '../../src/carriers/xml.ts';

/** Char of XML 1.0, production 2. */
function allowed(code: number): boolean {
  return code === 0x9 || code === 0xa || code === 0xd || (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || code >= 0x10000;
}

it('keeps exactly the characters that XML 1.0 allows', () => {
  for (let code = 0; code < 0x11000; code++) {
    const char = String.fromCodePoint(code);
    expect(xmlChars(`a${char}b`) === `a${char}b`, code.toString(16)).toBe(allowed(code));
  }
  expect(xmlChars('\ud83d\ude00 \ud83d \ude00')).toBe('\ud83d\ude00  ');
});

it('leaves no character that means something in XML', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '<', '>', '&', '"', "'", ']]>', '\r\n\t'), (text, special) => {
    const written = xml(text + special);
    // oxlint-disable-next-line no-control-regex -- that there are none is the point
    expect(written).not.toMatch(/[<>"'\u0000-\u001f]/);
    expect(written.replace(/&(?:amp|lt|gt|quot|apos|#9|#10|#13);/g, '')).not.toContain('&');
  }));
});
