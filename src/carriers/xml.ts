/** Writes any text into an XML 1.0 document, as content or as an attribute in double quotes, by template strings. */

/** All that needs work; most texts have none of it. U+2028, U+0085 and the like are allowed as they are. */
// oxlint-disable-next-line no-control-regex -- these are what XML forbids
const SPECIAL = /[&<>"'\u0000-\u001f\ud800-\udfff\ufffe\uffff]/;
/** Not a Char of XML 1.0, production 2; with the `u` flag only unpaired surrogates match the surrogate range. */
// oxlint-disable-next-line no-control-regex -- these are what XML forbids
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/gu;
/** Tab and line ends are written as references, for a parser would turn them into blanks or other line ends. */
const ESCAPED = /[&<>"'\t\n\r]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;', '\t': '&#9;', '\n': '&#10;', '\r': '&#13;',
};

/** The text without what XML 1.0 cannot carry: control characters, unpaired surrogates, U+FFFE and U+FFFF. */
export function xmlChars(text: string): string {
  return SPECIAL.test(text) ? text.replace(FORBIDDEN, '') : text;
}

/** Escaped for content and for attributes alike. */
export function xml(text: string): string {
  return SPECIAL.test(text) ? text.replace(FORBIDDEN, '').replace(ESCAPED, (char) => REFERENCES[char] ?? '') : text;
}
