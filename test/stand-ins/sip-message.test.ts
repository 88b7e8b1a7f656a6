import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, branchOf, cseqOf, header, headerValues, isRequest, parseSip, serialiseSip, tagOf, type SipMessage } from '../../stand-ins/sip/message.ts';
import { parseSipUri, requestUri, userOf } from '../../stand-ins/sip/uri.ts';

const lines = (...text: string[]) => `${text.join('\r\n')}\r\n\r\n`;

describe('the SIP codec', () => {
  it('reads the INVITE of RFC 3261 24.2', () => {
    const message = parseSip(`${lines(
      'INVITE sip:bob@biloxi.com SIP/2.0', 'Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8', 'Max-Forwards: 70', 'To: Bob <sip:bob@biloxi.com>',
      'From: Alice <sip:alice@atlanta.com>;tag=1928301774', 'Call-ID: a84b4c76e66710', 'CSeq: 314159 INVITE', 'Contact: <sip:alice@pc33.atlanta.com>', 'Content-Length: 4',
    )}v=0\nrest of the datagram`);
    expect(message).toMatchObject({ method: 'INVITE', uri: 'sip:bob@biloxi.com', body: 'v=0\n' });
    if (!message) return;
    expect([tagOf(header(message, 'from')), tagOf(header(message, 'to')), branchOf(message), cseqOf(message)]).toEqual(['1928301774', undefined, 'z9hG4bKnashds8', { number: 314_159, method: 'INVITE' }]);
    expect(addressOf(header(message, 'Contact'))).toBe('sip:alice@pc33.atlanta.com');
  });

  it('reads compact forms, folded lines and several Vias', () => {
    const message = parseSip(lines(
      'SIP/2.0 180 Ringing now', 'v: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2', 'Via: SIP/2.0/UDP c', 'f: sip:a@b;tag=1', 't: <sip:x@y;tag=no>', ' ;tag=2',
      'i: call', 'CSeq: 1', ' INVITE', 'l: 0',
    ));
    expect(message).toMatchObject({ status: 180, reason: 'Ringing now' });
    if (!message) return;
    expect(headerValues(message, 'Via')).toHaveLength(3);
    expect([branchOf(message), tagOf(header(message, 'To')), cseqOf(message).method]).toEqual(['z9hG4bK1', '2', 'INVITE']);
  });

  it.each([
    ['nothing', ''], ['a keep-alive', '\r\n\r\n'], ['HTTP', lines('GET / HTTP/1.1', 'Host: x')], ['a missing Call-ID', lines('BYE sip:a SIP/2.0', 'Via: x', 'From: a', 'To: b', 'CSeq: 1 BYE')],
    ['a body shorter than it says', lines('BYE sip:a SIP/2.0', 'Via: x', 'From: a', 'To: b', 'Call-ID: c', 'CSeq: 1 BYE', 'Content-Length: 9')],
  ])('does not take %s for a message', (_what, text) => {
    expect(parseSip(text)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 .:;=<>@-]{0,30}[A-Za-z0-9]$/);
    fc.assert(fc.property(token, fc.string(), fc.boolean(), (value, body, request) => {
      const octets = Buffer.from(body).toString('latin1');
      const headers = [['Via', 'SIP/2.0/UDP h;branch=z9hG4bK1'], ['From', value], ['To', value], ['Call-ID', value], ['CSeq', '1 BYE'], ['X-Some', value], ['X-Some', value]] as const;
      const message: SipMessage = request ? { method: 'BYE', uri: 'sip:a@b', headers, body: octets } : { status: 200, reason: 'OK', headers, body: octets };
      const read = parseSip(serialiseSip(message));
      expect(read).toEqual({ ...message, headers: [...headers, ['Content-Length', String(octets.length)]] });
      expect(read && isRequest(read)).toBe(request);
    }));
  });

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.nat(40), (noise, at) => {
      const good = lines('BYE sip:a SIP/2.0', 'Via: x', 'From: a', 'To: b', 'Call-ID: c', 'CSeq: 1 BYE');
      parseSip(noise);
      parseSip(good.slice(0, at) + noise + good.slice(at));
    }));
  });
});

describe('SIP URIs', () => {
  it('are taken apart, headers decoded, and put together without headers', () => {
    const uri = parseSipUri('sip:+442079460123@pbx.example.net:5062;transport=udp?X-A=b%20c&X-D=');
    expect(uri).toEqual({ scheme: 'sip', user: '+442079460123', host: 'pbx.example.net', port: 5062, parameters: ';transport=udp', headers: [['X-A', 'b c'], ['X-D', '']] });
    expect(uri && requestUri(uri)).toBe('sip:+442079460123@pbx.example.net:5062;transport=udp');
    expect(parseSipUri('sips:[::1]:5061')).toMatchObject({ scheme: 'sips', user: undefined, host: '[::1]', port: 5061 });
    expect([userOf('sip:anonymous@x'), userOf('+447700900123')]).toEqual(['anonymous', '+447700900123']);
  });

  it.each(['', 'sip:', 'pbx.example.net', 'tel:+442079460123', 'sip:a b@c', 'sip:a@b:0', 'sip:a@b:70000', 'sip:a@b?X', 'sip:a@b?X=%zz'])('do not include "%s"', (text) => {
    expect(parseSipUri(text)).toBeUndefined();
  });
});
