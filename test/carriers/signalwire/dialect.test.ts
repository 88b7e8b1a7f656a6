/** What is SignalWire's own in its dialect: its signatures, whole addresses, transports of SIP, and legs of which it does not tell all. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer, WebhookRequest } from '../../../src/carriers/dialect.ts';
import { signalwireDialect as dialect } from '../../../src/carriers/signalwire/dialect.ts';
import { readCxml } from '../../../stand-ins/signalwire/cxml.ts';
import { signForm } from '../../../stand-ins/signalwire/call.ts';
import { ASKED } from '../contract.ts';
import vectors from './signature-vectors.json' with { type: 'json' };

const FORM = 'application/x-www-form-urlencoded';

function request(target: string, body: string, signature: string, type: string): WebhookRequest {
  return { method: 'POST', target, body: Buffer.from(body), headers: { 'content-type': type, 'x-signalwire-signature': signature } };
}

const verdict = (sent: WebhookRequest, origin: string, key: string) => dialect.verify(sent, dialect.parse(sent), { origins: [origin], secrets: ['another-key', key] }, 0);

describe("SignalWire's own vectors", () => {
  const { form, body, hash } = vectors;
  const sent = {
    form: request(form.target, new URLSearchParams(form.params).toString(), form.signature, FORM),
    body: request(body.target, body.body, body.signature, 'application/json'),
    hash: request(hash.target, hash.body, hash.signature, 'application/json'),
  };

  it.each(['form', 'body', 'hash'] as const)('%s is genuine, and nothing that differs from it', (name) => {
    const { origin, key } = vectors[name];
    expect(verdict(sent[name], origin, key)).toBe('genuine');
    expect(verdict(sent[name], origin, `${key}x`)).toBe('forged');
    expect(verdict(sent[name], 'https://elsewhere.example', key)).toBe('forged');
    expect(verdict({ ...sent[name], target: `${sent[name].target}${sent[name].target.includes('?') ? '&' : '?'}more=1` }, origin, key)).toBe('forged');
    expect(verdict({ ...sent[name], body: Buffer.concat([sent[name].body, Buffer.from(' ')]) }, origin, key)).toBe('forged');
  });

  it('a form is never proved by a signature over its text', () => {
    expect(verdict({ ...sent.body, headers: { ...sent.body.headers, 'content-type': FORM } }, body.origin, body.key)).toBe('forged');
  });

  it('nobody can sign with an empty key', () => {
    const empty = (one: WebhookRequest) => dialect.verify(one, dialect.parse(one), { origins: [form.origin], secrets: [''] }, 0);
    expect(empty(request(form.target, new URLSearchParams(form.params).toString(), signForm('', form.origin + form.target, form.params), FORM))).toBe('forged');
  });

  it('a repeated name is signed as often as it comes, in its order', () => {
    const signature = signForm('key', 'https://calls.example.net/x', { To: 'aTob' });
    expect(verdict(request('/x', 'To=a&To=b', signature, FORM), 'https://calls.example.net', 'key')).toBe('genuine');
    expect(verdict(request('/x', 'To=b&To=a', signature, FORM), 'https://calls.example.net', 'key')).toBe('forged');
    expect(verdict(request('/x', 'To=a&To=a', signForm('key', 'https://calls.example.net/x', { To: 'a' }), FORM), 'https://calls.example.net', 'key')).toBe('forged');
  });
});

const dial = (to: string, more: Partial<Extract<Answer, { do: 'dial' }>> = {}): Answer => ({ do: 'dial', step: { kind: 'sip', key: 's', to, ringSeconds: 20, screen: 'no' }, callerId: '+442079460123', mark: 'm1', afterUrl: '/webhooks/main/step?step=s', screenUrl: undefined, ...more });
const body = (answer: Answer): string => dialect.render(answer, ASKED).body;

describe('documents', () => {
  it('have whole addresses, and are of what SignalWire knows alone', () => {
    const answers: Answer[] = [
      dial('sip:main@pbx.example.net'), dial('+447400123456', { screenUrl: '/webhooks/main/screen' }),
      { do: 'voicemail', step: { kind: 'voicemail', key: 'v', say: 'Hello', maxSeconds: 60 }, language: 'en-GB', doneUrl: '/done', recordedUrl: '/recorded' },
      { do: 'screen', say: 'Press 1', language: 'de-CH', failOpen: false, pressedUrl: '/pressed' }, { do: 'announce', say: 'Hello', language: 'en-GB' }, { do: 'reject' }, { do: 'hangup' }, { do: 'connect' },
    ];
    for (const answer of answers) {
      const { contentType, body: text } = dialect.render(answer, ASKED);
      expect(readCxml(contentType, text)).toHaveProperty('verbs');
      expect(text).not.toMatch(/="\//);
    }
    expect(body(dial('sip:main@pbx.example.net'))).toContain('action="https://calls.example.net/webhooks/main/step?step=s"');
  });

  it.each([
    ['sip:main@pbx.example.net', 'sip:main@pbx.example.net;transport=udp?X-Ringthrough=m1'],
    ['sip:main@pbx.example.net;transport=tls', 'sip:main@pbx.example.net;transport=tls?X-Ringthrough=m1'],
    ['sip:main@pbx.example.net?X-Other=1', 'sip:main@pbx.example.net;transport=udp?X-Other=1&amp;X-Ringthrough=m1'],
    ['sips:main@pbx.example.net', 'sips:main@pbx.example.net?X-Ringthrough=m1'],
  ])('%s is dialled as %s', (to, written) => {
    expect(body(dial(to))).toContain(`<Sip>${written}</Sip>`);
  });

  it('ring for as long as was said', () => {
    expect(body(dial('+447400123456'))).toContain('timeout="20"');
  });
});

describe('a leg', () => {
  const leg = (params: Record<string, string>) => dialect.leg(new Map(Object.entries(params).map(([name, value]) => [name, [value]])));

  it('that was screened and ended soon was not taken; one that lasted was', () => {
    expect(body(dial('+447400123456', { screenUrl: '/screen' }))).toContain('/step?step=s&amp;screened=1"');
    expect(leg({ DialCallStatus: 'completed', DialCallDuration: '12', screened: '1' })).toEqual({ end: 'no-answer', cause: 'user' });
    expect(leg({ DialCallStatus: 'completed', DialCallDuration: '45', screened: '1' })).toEqual({ end: 'answered', cause: 'user' });
    expect(leg({ DialCallStatus: 'completed', DialCallDuration: '12' })).toEqual({ end: 'answered', cause: 'user' });
  });

  it('never counts against a place that was answered', () => {
    fc.assert(fc.property(fc.string(), fc.nat(), fc.boolean(), (status, seconds, screened) => {
      const { end, cause } = leg({ DialCallStatus: status, DialCallDuration: String(seconds), screened: screened ? '1' : '' });
      if (end !== 'failed') expect(cause).toBe('user');
    }));
  });
});
