/** What is Plivo's own in its dialect: documents of what it knows alone, screening by its own means, numbers without `+`, and our mark. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, Params } from '../../../src/carriers/dialect.ts';
import { plivoDialect as dialect } from '../../../src/carriers/plivo/dialect.ts';
import { readMark, writeMark } from '../../../src/carriers/plivo/mark.ts';
import type { DialStep } from '../../../src/domain/step.ts';
import { readPlivoXml } from '../../../stand-ins/plivo/document.ts';
import { ASKED } from '../contract.ts';

const dial = (step: Partial<DialStep> = {}, more: Partial<Extract<Answer, { do: 'dial' }>> = {}): Answer => ({
  do: 'dial', step: { kind: 'phone', key: 's', to: '+447400123456', ringSeconds: 20, screen: 'no', ...step }, callerId: '+442079460123', mark: 'c-1.abc', afterUrl: '/webhooks/main/step?step=s', screenUrl: undefined, ...more,
});
const body = (answer: Answer): string => dialect.render(answer, ASKED).body;
const params = (fields: Record<string, string>): Params => new Map(Object.entries(fields).map(([name, value]) => [name, [value]]));

describe('documents', () => {
  it('are of what Plivo knows alone, with whole addresses', () => {
    const answers: Answer[] = [
      dial(), dial({ kind: 'primary', to: 'sip:main@pbx.example.net;transport=tls' }), dial({ screen: 'closed' }, { screenUrl: '/webhooks/main/screen' }),
      { do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'Hello', maxSeconds: 60 }, language: 'en-GB', doneUrl: '/done', recordedUrl: '/recorded' },
      { do: 'screen', say: 'Press 1', language: 'de-CH', failOpen: false, pressedUrl: '/pressed' }, { do: 'announce', say: 'Hello', language: 'ga-IE' }, { do: 'reject' }, { do: 'hangup' }, { do: 'connect' },
    ];
    for (const answer of answers) {
      const { contentType, body: text } = dialect.render(answer, ASKED);
      expect(readPlivoXml(contentType, text)).toHaveProperty('verbs');
      expect(text).not.toMatch(/="\//);
    }
  });

  it('dial numbers without their +, and ring for as long as was said', () => {
    expect(body(dial())).toContain('<Dial action="https://calls.example.net/webhooks/main/step?step=s" method="POST" timeout="20" dialMusic="real" callerId="442079460123"><Number>447400123456</Number></Dial>');
  });

  it('give a SIP address our mark, and a telephone none', () => {
    expect(body(dial({ to: 'sip:main@pbx.example.net' }))).toContain(' sipHeaders="Ringthrough=c%2D1%2Eabc"><User>sip:main@pbx.example.net</User>');
    expect(body(dial())).not.toContain('sipHeaders');
  });

  it('have Plivo ask who picks up, and nobody when there is no next one', () => {
    expect(body(dial({ screen: 'closed' }, { screenUrl: '/webhooks/main/screen' }))).toContain(' confirmSound="https://calls.example.net/webhooks/main/screen" confirmKey="1" confirmTimeout="15">');
    expect(body(dial({ screen: 'open' }, { screenUrl: '/webhooks/main/screen?open=1' }))).not.toContain('confirm');
    expect(body({ do: 'screen', say: 'Press 1', language: 'en-GB', failOpen: false, pressedUrl: '/pressed' })).toContain('<Response><Speak language="en-GB">Press 1</Speak></Response>');
  });

  it('ask whom nobody else is waiting for, and end when no key is pressed', () => {
    expect(body({ do: 'ask', say: 'Press 1', language: 'en-GB', pressedUrl: '/pressed?a=1&b=2' })).toContain(
      '<Response><GetInput action="https://calls.example.net/pressed?a=1&amp;b=2" method="POST" inputType="dtmf" numDigits="1" executionTimeout="8"><Speak language="en-GB">Press 1</Speak></GetInput><Hangup/></Response>',
    );
  });

  it.each([['de-CH', ' language="de-DE"'], ['pt-PT', ' language="pt-BR"'], ['ga-IE', '']])('say a text in %s as%s', (language, attribute) => {
    expect(body({ do: 'announce', say: 'Hello', language })).toContain(`<Speak${attribute}>Hello</Speak>`);
  });
});

describe('reading', () => {
  it.each([['14155550100', '+14155550100', false], ['anonymous', 'anonymous', false], ['1000', '1000', false], ['sip:+14155550100@pbx.example.net', '+14155550100', true]])('caller %s is %s', (From, from, overSip) => {
    expect(dialect.arriving(params({ CallUUID: 'c', To: '442079460123', From }))).toMatchObject({ from, overSip, number: '+442079460123' });
  });

  it('who forwarded the call', () => {
    expect(dialect.arriving(params({ ForwardedFrom: '442079460999', 'SIP-H-Diversion': '<sip:+442079460888@x>;reason=unavailable' })).forwardedBy).toEqual(['+442079460999', '+442079460888']);
  });

  it('a call is connected once it is in progress', () => {
    expect(dialect.arriving(params({ CallStatus: 'in-progress' })).connected).toBe(true);
  });

  it('the end of a call', () => {
    expect(dialect.closing(params({ CallUUID: 'c', CallStatus: 'completed', Duration: '17', Event: 'Hangup' }))).toEqual({ ref: 'c', status: 'completed', final: true, connected: true, seconds: 17 });
    expect(dialect.closing(params({ CallUUID: 'c', CallStatus: 'in-progress' })).final).toBe(false);
  });

  it('a recording, once there is one', () => {
    expect(dialect.voicemail(params({ CallUUID: 'c', RecordingID: 'r-1', RecordUrl: 'https://media.plivo.com/r-1.mp3', RecordingDuration: '-1' }))).toEqual({ ref: 'c', recording: 'r-1', url: 'https://media.plivo.com/r-1.mp3', seconds: 0 });
    expect(dialect.voicemail(params({ CallUUID: 'c', RecordingDuration: '3' }))).toBeUndefined();
  });

  it('our mark comes back as it was given, decoded or not', () => {
    fc.assert(fc.property(fc.stringMatching(/^[\x21-\x7e]{1,150}$/), (mark) => {
      const [name = '', value = ''] = (writeMark(mark) ?? '').split(/=(.*)/s);
      expect(value).toMatch(/^[A-Za-z0-9%]+$/);
      expect(readMark(params({ [`X-PH-${name}`]: value }))).toBe(mark);
      if (!mark.includes('%')) expect(readMark(params({ [`x-ph-${name.toLowerCase()}`]: mark }))).toBe(mark);
    }));
    expect(writeMark('\ud800 \n')).toBeUndefined();
  });
});
