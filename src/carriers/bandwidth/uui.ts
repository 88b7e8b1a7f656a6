/** Our mark on a call as User-To-User information (RFC 7433), the one header that Bandwidth takes for a leg to a SIP address, and hands on. */
import { xmlChars } from '../xml.ts';

/** Others use the header too. */
const OURS = 'X-Ringthrough=';
/** "This value, including the encoding specifier, may not exceed 256 characters" (https://dev.bandwidth.com/docs/voice/bxml/transfer). */
const MAX_UUI = 256;
const MAX_READ = 2000;
const MARK = /^[\x21-\x7e]{1,200}$/;

/** Undefined for a mark that is none, or does not fit. */
export function writeMark(mark: string): string | undefined {
  const clean = xmlChars(mark);
  if (!MARK.test(clean)) return undefined;
  const uui = `${Buffer.from(OURS + clean, 'utf8').toString('base64')};encoding=base64`;
  return uui.length <= MAX_UUI ? uui : undefined;
}

/** Several may be there, with commas between. */
export function readMark(uui: string): string | undefined {
  if (uui === '') return undefined;
  for (const one of uui.slice(0, MAX_READ).split(',')) {
    const text = /^\s*([A-Za-z0-9+/]+={0,2});encoding=base64\s*$/i.exec(one)?.[1];
    const plain = text === undefined ? '' : Buffer.from(text, 'base64').toString('utf8');
    if (plain.startsWith(OURS) && MARK.test(plain.slice(OURS.length))) return plain.slice(OURS.length);
  }
  return undefined;
}
