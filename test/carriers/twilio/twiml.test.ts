/** TwiML: well-formed whatever is said in it, the same as the SDK would write, and never too large. */
import * as fc from 'fast-check';
import { ASKED } from '../contract.ts';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/carriers/dialect.ts';
import { MAX_DOCUMENT_BYTES, MAX_SAY, twilioDialect } from '../../../src/carriers/twilio/dialect.ts';
import { xmlChars } from '../../../src/carriers/xml.ts';
import type { DialStep, VoicemailStep } from '../../../src/domain/step.ts';

/** Reads a document with nothing trimmed or guessed; elements keep their order. */
const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', trimValues: false, parseTagValue: false, parseAttributeValue: false, htmlEntities: true, ignoreDeclaration: true });

interface Element { name: string; attributes: Record<string, string>; text: string; children: Element[] }

function elementOf(node: Record<string, unknown>): Element {
  const name = Object.keys(node).find((key) => key !== ':@') ?? '';
  const inner = node[name] as Record<string, unknown>[];
  const isText = (child: Record<string, unknown>) => '#text' in child;
  return {
    name,
    attributes: (node[':@'] ?? {}) as Record<string, string>,
    text: inner.filter(isText).map((child) => String(child['#text'])).join(''),
    children: inner.filter((child) => !isText(child)).map(elementOf),
  };
}

function parsed(body: string): Element {
  expect(XMLValidator.validate(body)).toBe(true);
  const root = (parser.parse(body) as Record<string, unknown>[])[0];
  return elementOf(root ?? {});
}

const verbs = (answer: Answer): Element[] => parsed(twilioDialect.render(answer, ASKED).body).children;

const phone: DialStep = { kind: 'phone', key: 'p', to: '+447400123456', ringSeconds: 20, screen: 'no' };
const sip: DialStep = { kind: 'primary', key: 'primary', to: 'sip:+442079460123@pbx.example.net;transport=tls', ringSeconds: 60, screen: 'no' };
const dial = (step: DialStep, more: Partial<Extract<Answer, { do: 'dial' }>> = {}): Answer => ({ do: 'dial', step, callerId: undefined, mark: 'm1', afterUrl: '/webhooks/main/step?s=1&t=2', screenUrl: undefined, ...more });
const mailbox: VoicemailStep = { kind: 'voicemail', key: 'v', say: 'Leave a message.', maxSeconds: 180 };
const voicemail: Answer = { do: 'voicemail', step: mailbox, language: 'en-GB', doneUrl: '/done?a=1&b=2', recordedUrl: '/recorded' };

describe('dial', () => {
  it('rings a telephone, asks its screening first and comes back', () => {
    expect(verbs(dial(phone, { callerId: '+442079460123', screenUrl: '/screen?a=1&b=2' }))).toEqual([{
      name: 'Dial',
      attributes: { answerOnBridge: 'true', timeout: '15', action: '/webhooks/main/step?s=1&t=2', method: 'POST', callerId: '+442079460123' },
      text: '',
      children: [{ name: 'Number', attributes: { url: '/screen?a=1&b=2', method: 'POST' }, text: '+447400123456', children: [] }],
    }]);
  });

  it('rings a SIP address with our mark, and can screen it too', () => {
    const [verb] = verbs(dial(sip, { screenUrl: '/screen' }));
    expect(verb?.attributes).toEqual({ answerOnBridge: 'true', timeout: '55', action: '/webhooks/main/step?s=1&t=2', method: 'POST' });
    expect(verb?.children).toEqual([{ name: 'Sip', attributes: { url: '/screen', method: 'POST' }, text: 'sip:+442079460123@pbx.example.net;transport=tls?X-Ringthrough=m1', children: [] }]);
  });

  it.each([
    ['sip:a@b', 'm', 'sip:a@b?X-Ringthrough=m'],
    ['sip:a@b?X-Other=1', 'm', 'sip:a@b?X-Other=1&X-Ringthrough=m'],
    ['sip:a@b?', 'm', 'sip:a@b?X-Ringthrough=m'],
    ['sip:a@b', 'a&b=c?é', 'sip:a@b?X-Ringthrough=a%26b%3Dc%3F%C3%A9'],
    ['sip:a@b', '\ud800', 'sip:a@b'],
    ['sip:a@b', '', 'sip:a@b'],
  ])('%s with mark %s is %s', (to, mark, text) => {
    expect(verbs(dial({ ...sip, to }, { mark }))[0]?.children[0]?.text).toBe(text);
  });

  it.each([[20, '15'], [5, '5'], [0, '5'], [-1, '5'], [1000, '600'], [Number.NaN, '5'], [12.9, '7']])('%d seconds of ringing are a timeout of %s', (ringSeconds, timeout) => {
    expect(verbs(dial({ ...phone, ringSeconds }))[0]?.attributes['timeout']).toBe(timeout);
  });
});

describe('voicemail', () => {
  it('says, records, and ends with a word for who was silent', () => {
    expect(verbs(voicemail)).toEqual([
      { name: 'Say', attributes: { language: 'en-GB' }, text: 'Leave a message.', children: [] },
      {
        name: 'Record',
        attributes: {
          maxLength: '180', playBeep: 'true', timeout: '10', finishOnKey: '#', trim: 'trim-silence', action: '/done?a=1&b=2', method: 'POST',
          recordingStatusCallback: '/recorded', recordingStatusCallbackMethod: 'POST', recordingStatusCallbackEvent: 'completed',
        },
        text: '',
        children: [],
      },
      { name: 'Say', attributes: { language: 'en-GB' }, text: expect.stringContaining('No message') as string, children: [] },
      { name: 'Hangup', attributes: {}, text: '', children: [] },
    ]);
  });

  it('says nothing in English to who was greeted in another language', () => {
    expect(verbs({ ...voicemail, language: 'de-DE' }).map(({ name }) => name)).toEqual(['Say', 'Record', 'Hangup']);
  });
});

describe('screen', () => {
  const screen: Answer = { do: 'screen', say: 'Press 1.', language: 'en-GB', failOpen: false, pressedUrl: '/pressed' };

  it('asks for one key, and hangs up on who presses none', () => {
    const [gather, hangup] = verbs(screen);
    expect(gather).toMatchObject({ name: 'Gather', attributes: { numDigits: '1', timeout: '8', actionOnEmptyResult: 'false', action: '/pressed', method: 'POST' }, children: [{ name: 'Say', text: 'Press 1.' }] });
    expect(hangup?.name).toBe('Hangup');
  });

  it('connects who presses none when it fails open', () => {
    expect(verbs({ ...screen, failOpen: true }).map(({ name }) => name)).toEqual(['Gather']);
  });
});

it('connect is the end of the document, hangup its one verb', () => {
  expect(verbs({ do: 'connect' })).toEqual([]);
  expect(verbs({ do: 'hangup' }).map(({ name }) => name)).toEqual(['Hangup']);
  expect(twilioDialect.render({ do: 'connect' }, ASKED).contentType).toBe('text/xml; charset=utf-8');
});

describe('announce', () => {
  const announce = (say: string): Answer => ({ do: 'announce', say, language: 'en-GB' });

  it('says any text as it is, less what XML cannot carry, in pieces that Twilio takes', () => {
    const unit = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('&', ']]>', '<!--', '\r\n', '\t', '\ud83d', '\udca9', '\u0000', '\ufffe', '&amp;', ' ', '😀'.repeat(700), 'word '.repeat(900)));
    fc.assert(fc.property(fc.array(unit, { maxLength: 6 }).map((parts) => parts.join('')), (text) => {
      const says = verbs(announce(text)).filter(({ name }) => name === 'Say');
      for (const { text: piece } of says) expect(piece.length).toBeLessThanOrEqual(MAX_SAY);
      if (xmlChars(text).trim() !== '') expect(says.map((say) => say.text).join('')).toBe(xmlChars(text));
      else expect(says[0]?.text).toContain('sorry');
    }), { numRuns: 500 });
  });

  it('never cuts a character in two', () => {
    const text = `x${'😀'.repeat(5000)}`;
    const says = verbs(announce(text)).filter(({ name }) => name === 'Say').map((say) => say.text);
    expect(says.length).toBeGreaterThan(1);
    expect(says.join('')).toBe(text);
  });

  it('says something plain when the text is too long for any document', () => {
    for (const text of ['x'.repeat(70_000), '"'.repeat(20_000), '€'.repeat(30_000)]) {
      expect(verbs(announce(text)).map(({ name, text: said }) => [name, said.slice(0, 12)])).toEqual([['Say', 'We are sorry'], ['Hangup', '']]);
    }
  });
});

it('every document is well-formed and small enough, whatever is in the answer', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constant('&'.repeat(40_000)));
  const step = fc.record({ kind: fc.constant('sip' as const), key: text, to: fc.oneof(text, text.map((uri) => `sip:${uri}`)), ringSeconds: fc.double(), screen: fc.constant('no' as const) });
  const answer: fc.Arbitrary<Answer> = fc.oneof(
    fc.record({ do: fc.constant('dial' as const), step, callerId: fc.option(text, { nil: undefined }), mark: text, afterUrl: text, screenUrl: fc.option(text, { nil: undefined }) }),
    fc.record({ do: fc.constant('voicemail' as const), step: fc.record({ kind: fc.constant('voicemail' as const), key: text, say: text, maxSeconds: fc.double() }), language: text, doneUrl: text, recordedUrl: text }),
    fc.record({ do: fc.constant('announce' as const), say: text, language: text }),
    fc.record({ do: fc.constant('screen' as const), say: text, language: text, failOpen: fc.boolean(), pressedUrl: text }),
  );
  fc.assert(fc.property(answer, (given) => {
    const { body } = twilioDialect.render(given, ASKED);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES);
    expect(parsed(body).name).toBe('Response');
  }), { numRuns: 200 });
});

describe("the same as the SDK's builder", () => {
  const built = (build: (response: InstanceType<typeof twilio.twiml.VoiceResponse>) => void) => {
    const response = new twilio.twiml.VoiceResponse();
    build(response);
    return parsed(response.toString());
  };
  const ours = (answer: Answer) => parsed(twilioDialect.render(answer, ASKED).body);
  const text = 'Tom & "Ann" <é😀>\'';

  it('dial', () => {
    expect(ours(dial(sip))).toEqual(built((response) => {
      response.dial({ answerOnBridge: true, timeout: 55, action: '/webhooks/main/step?s=1&t=2', method: 'POST' }).sip('sip:+442079460123@pbx.example.net;transport=tls?X-Ringthrough=m1');
    }));
    expect(ours(dial(phone, { callerId: '+442079460123', screenUrl: '/s?a=1&b=2' }))).toEqual(built((response) => {
      response.dial({ answerOnBridge: true, timeout: 15, action: '/webhooks/main/step?s=1&t=2', method: 'POST', callerId: '+442079460123' }).number({ url: '/s?a=1&b=2', method: 'POST' }, '+447400123456');
    }));
  });

  it('voicemail', () => {
    expect(ours({ ...voicemail, step: { ...mailbox, say: text } })).toEqual(built((response) => {
      response.say({ language: 'en-GB' }, text);
      response.record({
        maxLength: 180, playBeep: true, timeout: 10, finishOnKey: '#', trim: 'trim-silence', action: '/done?a=1&b=2', method: 'POST',
        recordingStatusCallback: '/recorded', recordingStatusCallbackMethod: 'POST', recordingStatusCallbackEvent: ['completed'],
      });
      response.say({ language: 'en-GB' }, 'No message was recorded. Goodbye.');
      response.hangup();
    }));
  });

  it('screen, announce, connect and hangup', () => {
    expect(ours({ do: 'screen', say: text, language: 'en-GB', failOpen: false, pressedUrl: '/p?a=1&b=2' })).toEqual(built((response) => {
      response.gather({ numDigits: 1, timeout: 8, actionOnEmptyResult: false, action: '/p?a=1&b=2', method: 'POST' }).say({ language: 'en-GB' }, text);
      response.hangup();
    }));
    expect(ours({ do: 'announce', say: text, language: 'fr-FR' })).toEqual(built((response) => {
      response.say({ language: 'fr-FR' }, text);
      response.hangup();
    }));
    expect(ours({ do: 'connect' })).toEqual(built(() => {}));
    expect(ours({ do: 'reject' })).toEqual(built((response) => { response.reject({ reason: 'busy' }); }));
    expect(ours({ do: 'hangup' })).toEqual(built((response) => { response.hangup(); }));
  });
});
