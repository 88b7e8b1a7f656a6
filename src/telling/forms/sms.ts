/** A message as a text message: its first line and why, in at most three parts of 7-bit text. Pure. */
import type { Message } from '../../domain/announcement.ts';
import { wordsOf } from '../wording.ts';

/** Three parts of 153 characters (3GPP TS 23.038, 23.040). */
const MAX = 459;

/** What is in no 7-bit alphabet would make each part less than half as long. */
const plain = (text: string): string => text.normalize('NFKD').replace(/[“”«»]/g, '"').replace(/[‘’]/g, "'").replace(/[–—]/g, '-').replaceAll('…', '...').replace(/[^\x20-\x7e]/g, '').replace(/[`[\]{}\\^~|]/g, ' ');

export function smsText(message: Message): string {
  const { title, parts, severity } = wordsOf(message);
  const gravest = parts.findLast((part) => part.severity === severity);
  return plain(`Ringthrough: ${title}. ${gravest?.why ?? ''} ${gravest?.done ?? ''}`.replace(/\s+/g, ' ')).trim().slice(0, MAX);
}
