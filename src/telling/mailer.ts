/** Sends e-mail through the provider's own mail server (SMTP_URL): one try, with TLS wherever the server offers it. */
import { createTransport } from 'nodemailer';
import { Failure } from '../domain/errors.ts';
import type { MailText } from './forms/mail.ts';

export interface Mailer {
  /** Throws `receiver_refused` for what will be refused again, else `receiver_unavailable`. */
  send(to: readonly string[], mail: MailText): Promise<void>;
  close(): void;
}

/** `from`: what is shown as its sender. */
export function createMailer({ url, from, timeoutMs }: { url: string; from: string; timeoutMs: number }): Mailer {
  const transport = createTransport({ url, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, disableFileAccess: true, disableUrlAccess: true });
  return {
    async send(to, mail) {
      try {
        await transport.sendMail({ from, to: [...to], ...mail });
      } catch (error) {
        // What was thrown may hold addresses and what the server said of them: the codes are enough.
        const { responseCode, code } = (typeof error === 'object' && error !== null ? error : {}) as { responseCode?: unknown; code?: unknown };
        const said = typeof responseCode === 'number' ? `the mail server answered ${responseCode}` : `no answer of the mail server (${typeof code === 'string' && /^[A-Z_]{1,30}$/.test(code) ? code : 'unknown error'})`;
        throw new Failure(typeof responseCode === 'number' && responseCode >= 500 ? 'receiver_refused' : 'receiver_unavailable', said);
      }
    },
    close() {
      transport.close();
    },
  };
}
