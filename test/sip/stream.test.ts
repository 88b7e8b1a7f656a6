/** Framing of a stream: the same messages however the octets come, and an end where nobody can say where the next begins. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSip, SipFault } from '../../src/sip/message.ts';
import { answersOptions, branchOf, writeOptions } from '../../src/sip/options.ts';
import { createSipFramer } from '../../src/sip/stream.ts';

const answer = (body: string, length: string | undefined = `Content-Length: ${body.length}`): string =>
  ['SIP/2.0 200 OK', 'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bKx', 'From: a;tag=1', 'To: b;tag=2', 'Call-ID: c', 'CSeq: 1 OPTIONS', ...(length === '' ? [] : [length]), '', ''].join('\r\n') + body;

test('messages come out as they went in, however they are cut, with keep-alives between them', () => {
  const bodies = fc.array(fc.record({ body: fc.string({ unit: 'binary-ascii', maxLength: 80 }), pings: fc.nat(3) }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }), (given, sizes) => {
      const octets = Buffer.from(given.map(({ body, pings }) => '\r\n'.repeat(pings) + answer(body)).join(''), 'latin1');
      const framer = createSipFramer();
      const out: string[] = [];
      for (let from = 0, at = 0; from < octets.length; at += 1) {
        const size = sizes[at % sizes.length] ?? 1;
        out.push(...framer.push(octets.subarray(from, from + size)));
        from += size;
      }
      expect(out).toEqual(given.map(({ body }) => answer(body)));
    }),
    { numRuns: 100 },
  );
});

test.each([
  ['no Content-Length', answer('', '')],
  ['a Content-Length that cannot be', answer('', 'Content-Length: x')],
  ['a body beyond all bounds', answer('', 'Content-Length: 70000')],
  ['no message', 'HTTP/1.1 200 OK\r\n\r\n'],
  ['headers without an end', `SIP/2.0 200 OK\r\n${'x: y\r\n'.repeat(4000)}`],
])('%s ends it', (_what, text) => {
  expect(() => createSipFramer().push(Buffer.from(text))).toThrow(SipFault);
});

test('octets one by one take no longer for being many', () => {
  const framer = createSipFramer();
  const text = `SIP/2.0 200 OK\r\nx: ${'y'.repeat(16_000)}`;
  for (const octet of Buffer.from(text)) expect(framer.push(Buffer.from([octet]))).toEqual([]);
});

test('any octets are messages or a SipFault', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom('\r\n', answer('hi'), answer(''), 'SIP/2.0 200 OK\r\n', 'l: 3\r\n', '\r\n\r\n'), fc.string({ unit: 'binary', maxLength: 40 })), { maxLength: 12 }), (pieces) => {
      const framer = createSipFramer();
      try {
        for (const piece of pieces) framer.push(Buffer.from(piece, 'latin1'));
      } catch (error) {
        expect(error).toBeInstanceOf(SipFault);
      }
    }),
    { numRuns: 500 },
  );
});

const request = { uri: 'sip:pbx.example.net', transport: 'UDP' as const, local: '192.0.2.1:5060', branch: 'z9hG4bKabc', callId: 'd4c3b2a1', tag: 'x1', cseq: 7 };

test('an OPTIONS is a message like others, and is answered by what answers it and by nothing else', () => {
  const sent = parseSip(writeOptions(request));
  expect(sent.start).toEqual({ method: 'OPTIONS', uri: 'sip:pbx.example.net' });
  const said = Object.fromEntries(sent.headers);
  expect(branchOf(said['Via'] ?? '')).toBe('z9hG4bKabc');
  const reply = (change: (headers: [string, string][]) => [string, string][] = (headers) => headers) =>
    ({ start: { status: 200, reason: 'OK' }, headers: change(sent.headers.map(([name, value]) => [name, value])), body: '' });
  const replacing = (name: string, value: string) => (headers: [string, string][]) => headers.map(([one, before]): [string, string] => [one, one === name ? value : before]);
  expect(answersOptions(reply(), request)).toBe(true);
  expect(answersOptions(reply(replacing('Via', 'SIP/2.0/UDP 192.0.2.1 ; rport=5060 ; Branch = z9hG4bKabc;received=192.0.2.9')), request)).toBe(true);
  expect(answersOptions(sent, request)).toBe(false);
  const others = [replacing('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabd'), replacing('Call-ID', 'd4c3b2a2'), replacing('CSeq', '8 OPTIONS'), replacing('CSeq', '7 INVITE'), (headers: [string, string][]): [string, string][] => [...headers, ['Via', 'SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKfar']]];
  for (const change of others) expect(answersOptions(reply(change), request)).toBe(false);
});
