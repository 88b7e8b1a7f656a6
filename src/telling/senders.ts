/** Sends a message to a receiver of any kind, once. */
import type { Message } from '../domain/announcement.ts';
import { Failure } from '../domain/errors.ts';
import type { CarrierApis } from '../carriers/carrier-apis.ts';
import type { Carrier } from '../domain/carrier.ts';
import type { Receiver } from '../domain/receiver.ts';
import { createSigner, signedHeaders, webhookKey } from '../posting/standard-webhooks.ts';
import type { Clock } from '../system/system.ts';
import { mailText } from './forms/mail.ts';
import { slackBody } from './forms/slack.ts';
import { smsText } from './forms/sms.ts';
import { sendTexts } from './texts.ts';
import { teamsBody } from './forms/teams.ts';
import { webhookBody } from './forms/webhook.ts';
import { createHttpPost } from './http-post.ts';
import { createMailer } from './mailer.ts';

export interface Senders {
  /** Throws `receiver_refused`, `receiver_unavailable`, `receiver_address_refused` or `receiver_secret_missing`; no text of these holds a secret or a whole telephone number. */
  send(receiver: Receiver, message: Message): Promise<void>;
  close(): void;
}

export interface SendersOptions {
  secrets: { open(stored: string): string };
  settings: { RECEIVERS_MAY_BE_PRIVATE: 'no' | 'yes'; SMTP_URL: string | undefined; SMTP_FROM: string | undefined };
  apis: Pick<CarrierApis, 'use'>;
  carrier(id: string): Carrier | undefined;
  /** What a primary depends on, by its id. */
  dependsOn(primary: string): readonly string[];
  clock: Clock;
  /** For one try, connecting included, milliseconds. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;

export function createSenders({ secrets, settings, apis, carrier, dependsOn, clock, timeoutMs = TIMEOUT_MS }: SendersOptions): Senders {
  const http = createHttpPost({ mayBePrivate: settings.RECEIVERS_MAY_BE_PRIVATE === 'yes', timeoutMs, now: clock.now });

  const { SMTP_URL: smtp, SMTP_FROM: from } = settings;
  const mailer = smtp !== undefined && from !== undefined ? { from, ...createMailer({ url: smtp, from, timeoutMs }) } : undefined;

  function opened(stored: string): string {
    try {
      return secrets.open(stored);
    } catch (error) {
      throw new Failure('receiver_secret_missing', error instanceof Failure ? error.message : undefined, { cause: error });
    }
  }

  function addressIn(stored: string): string {
    const url = opened(stored);
    if (!URL.canParse(url) || !/^https?:/.test(url)) throw new Failure('receiver_secret_missing', 'The secret is no address');
    return url;
  }

  return {
    async send(receiver, message) {
      switch (receiver.kind) {
        case 'webhook': {
          const key = webhookKey(opened(receiver.secret));
          if (!key) throw new Failure('receiver_secret_missing', 'The secret is not `whsec_` and 24 to 64 bytes in Base64');
          const signed = createSigner([key])(message.id, clock.now(), webhookBody(message));
          await http.post(receiver.url, signedHeaders(message.id, signed), signed.body);
          return;
        }
        case 'email':
          if (!mailer) throw new Failure('receiver_unavailable', 'No mail server is set: SMTP_URL and SMTP_FROM');
          await mailer.send(receiver.to, mailText(message, mailer.from));
          return;
        case 'sms':
          await sendTexts({ apis, carrier, dependsOn }, receiver, message, smsText(message));
          return;
        case 'slack':
          await http.post(addressIn(receiver.url), {}, slackBody(message));
          return;
        case 'teams': {
          const { card = 'adaptive' } = receiver;
          const said = await http.post(addressIn(receiver.url), {}, teamsBody(message, card));
          // A connector answers 200 also where Teams itself took nothing, and says so in the text; `1` is yes.
          if (card === 'message' && /error|failed/i.test(said)) throw new Failure('receiver_unavailable', 'Teams took the post and not the message');
          return;
        }
      }
    },
    close() {
      http.close();
      mailer?.close();
    },
  };
}
