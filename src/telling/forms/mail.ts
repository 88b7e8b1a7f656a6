/** A message as an e-mail: plain text, with the message's id as its own, so that mail programs know one that came twice. Pure. */
import type { Message } from '../../domain/announcement.ts';
import { plainText, wordsOf } from '../wording.ts';

export interface MailText {
  subject: string;
  text: string;
  messageId: string;
  headers: Readonly<Record<string, string>>;
}

const MAX_SUBJECT = 180;

/** `from`: the sender's address, whose domain the id is in. */
export function mailText(message: Message, from: string): MailText {
  const words = wordsOf(message);
  const domain = /@([A-Za-z0-9.-]+)/.exec(from)?.[1] ?? 'localhost';
  const title = words.title.replace(/\s+/g, ' ').slice(0, MAX_SUBJECT);
  return {
    subject: `[${words.severity}] ${title}`,
    text: plainText(words),
    messageId: `<${message.id}@${domain}>`,
    // Nobody's absence is to be told to us (RFC 3834).
    headers: { 'Auto-Submitted': 'auto-generated', ...(words.severity === 'critical' ? { Importance: 'high' } : {}) },
  };
}
