/** The SIP codec: the torture messages of RFC 4475 that bear on it, round trips, and anything at all. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cseqOf, headerValues, LONGEST_MESSAGE, parseSip, SipFault, writeSip, type SipMessage } from '../../src/sip/message.ts';
import { branchOf, retryAfterSeconds } from '../../src/sip/options.ts';

const wire = (...lines: string[]): string => lines.join('\r\n');

const FIVE = ['From: <sip:user@example.com>;tag=39ansfi3', 'To: <sip:user@example.edu>;tag=902jndnke3', 'Call-ID: 0ha0isndaksdj', 'CSeq: 8 OPTIONS', 'Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe'];
const response = (...more: string[]): string => wire('SIP/2.0 200 OK', ...FIVE, ...more, '', '');

describe('RFC 4475: what must be read', () => {
  test('3.1.1.1 a short tortuous INVITE: white space where it is allowed, folded lines, compact and odd names', () => {
    const message = parseSip(
      wire(
        'INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0', 'TO :', ' sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n', 'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>', '  ;', '  tag = 98asjd8',
        'MaX-fOrWaRdS: 0068', 'Call-ID: wsinv.ndaksdj@192.0.2.1', 'Content-Length   : 150', 'cseq: 0009', '  INVITE', 'Via  : SIP  /   2.0', ' /UDP', '    192.0.2.2;branch=390skdjuw', 's :', 'NewFangledHeader:   newfangled value',
        ' continued newfangled value', 'UnknownHeaderWithUnusualValue: ;;,,;;,;', 'Content-Type: application/sdp', 'Route:', ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
        'v:  SIP  / 2.0  / TCP     spindle.example.com   ;', '  branch  =   z9hG4bK9ikj8  ,', ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=', ' z9hG4bK30239', 'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =', '      newvalue ;',
        '  secondparam ; q = 0.33', '', `v=0${' '.repeat(147)}`,
      ),
    );
    expect(message.start).toEqual({ method: 'INVITE', uri: 'sip:vivekg@chair-dnrc.example.com;unknownparam' });
    expect(cseqOf(message)).toEqual({ number: 9, method: 'INVITE' });
    expect(headerValues(message, 'via').map(branchOf)).toEqual(['390skdjuw', 'z9hG4bK9ikj8', 'z9hG4bK30239']);
    expect(headerValues(message, 'subject')).toEqual(['']);
    expect(headerValues(message, 'newfangledheader')).toEqual(['newfangled value continued newfangled value']);
    expect(headerValues(message, 'to')).toEqual(['sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n']);
    expect(message.body).toHaveLength(150);
  });

  test('3.1.1.2 a wide range of valid characters, in the method too', () => {
    const method = "!interesting-Method0123456789_*+`.%indeed'~";
    const message = parseSip(wire(`${method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0`, 'Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`\'~', ...FIVE.slice(0, 3), `CSeq: 139122385 ${method}`, 'Max-Forwards: 255', 'Content-Length: 0', '', ''));
    expect(branchOf(headerValues(message, 'via')[0] ?? '')).toBe("z9hG4bK-.!%66*_+`'~");
  });

  test('3.1.1.8 extra octets after the body of a datagram are noise', () => {
    const message = parseSip(`${response('Content-Length: 0')}INVITE sip:joe@example.com SIP/2.0\r\nt: sip:joe@example.com\r\n`);
    expect(message).toMatchObject({ start: { status: 200 }, body: '' });
  });

  test('3.1.1.12 and 3.1.1.13 a reason phrase of any octets, and none', () => {
    const reason = Buffer.from('= 2**3 * пи').toString('latin1');
    expect(parseSip(wire(`SIP/2.0 200 ${reason}`, ...FIVE, '', '')).start).toEqual({ status: 200, reason });
    for (const line of ['SIP/2.0 100 ', 'SIP/2.0 100']) expect(parseSip(wire(line, ...FIVE, '', '')).start).toEqual({ status: 100, reason: '' });
  });

  test('3.3.10 an answer with two Vias is read as such', () => {
    expect(headerValues(parseSip(response('Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23')), 'via')).toHaveLength(2);
  });
});

describe('RFC 4475: what must be refused', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['3.1.2.1 separators without anything between them', wire('SIP/2.0 200 OK', ...FIVE.slice(0, 4), 'Via: SIP/2.0/UDP 192.0.2.15;;,;,,', '', '')],
    ['3.1.2.2 a Content-Length larger than the message', response('Content-Length: 9999')],
    ['3.1.2.3 a negative Content-Length', response('Content-Length: -999')],
    ['3.1.2.5 a CSeq beyond all bounds', wire('SIP/2.0 503 Service Unavailable', ...FIVE.filter((line) => !line.startsWith('CSeq')), 'CSeq: 9292394834772304023312 OPTIONS', 'Retry-After: 949302838503028349304023988', 'Warning: 1812 overture "In Progress"', 'Content-Length: 0', '', '')],
    ['3.1.2.7 a request URI in angle brackets', wire('OPTIONS <sip:user@example.com> SIP/2.0', ...FIVE, '', '')],
    ['3.1.2.8 white space in a request URI', wire('OPTIONS sip:user@example.com; lr SIP/2.0', ...FIVE, '', '')],
    ['3.1.2.9 several spaces in a request line', wire('OPTIONS  sip:user@example.com  SIP/2.0', ...FIVE, '', '')],
    ['3.1.2.10 a space at the end of a request line', wire('OPTIONS sip:user@example.com SIP/2.0  ', ...FIVE, '', '')],
    ['3.1.2.16 an unknown version', wire('OPTIONS sip:t.example.com SIP/7.0', ...FIVE, '', '')],
    ['3.1.2.17 CSeq with another method', wire('OPTIONS sip:user@example.com SIP/2.0', ...FIVE.map((line) => line.replace('8 OPTIONS', '8 INVITE')), '', '')],
    ['3.1.2.19 a status of ten digits', wire('SIP/2.0 4294967301 better not break the receiver', ...FIVE, '', '')],
    ['3.3.1 without From, To and Call-ID', wire('SIP/2.0 200 OK', ...FIVE.slice(3), '', '')],
    ['3.3.8 two Call-IDs', response('Call-ID: another')],
    ['3.3.9 two Content-Lengths that differ', response('Content-Length: 0', 'Content-Length: 1')],
    ['a quote that does not end', response('Via: SIP/2.0/UDP 192.0.2.15;a="x')],
    ['a line that is no header', response('no header')],
    ['a status that there is not', wire('SIP/2.0 700 What', ...FIVE, '', '')],
    ['no empty line', response().slice(0, -2)],
    ['lines that end in a line feed alone', response().replaceAll('\r\n', '\n')],
    ['too many headers', response(...Array.from({ length: 300 }, () => 'x: y'))],
    ['too long', response(`x: ${'y'.repeat(LONGEST_MESSAGE)}`)],
    ['nothing', ''],
  ];
  test.each(cases)('%s', (_what, text) => {
    expect(() => parseSip(text)).toThrow(SipFault);
  });
});

test('keep-alives before a message, and equal Content-Lengths, are borne', () => {
  expect(parseSip(`\r\n\r\n${response('Content-Length: 2', 'l: 2')}hi`).body).toBe('hi');
});

test.each([
  ['120', 120], ['120;duration=3600', 120], ["18000 (I'm in a meeting)", 18_000], ['949302838503028349304023988', 86_400], ['0', 0], ['soon', undefined], ['-1', undefined], ['12x', undefined], ['', undefined],
])('Retry-After: %s', (value, seconds) => {
  expect(retryAfterSeconds(parseSip(response(`Retry-After: ${value}`)))).toBe(seconds);
});

const word = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/);
const value = fc.stringMatching(/^[!-~](?:[ -~]{0,40}[!-~])?$/);
const message: fc.Arbitrary<SipMessage> = fc
  .record({
    start: fc.oneof(fc.record({ status: fc.integer({ min: 100, max: 699 }), reason: fc.stringMatching(/^[ -~\x80-\xff]{0,30}$/) }), fc.record({ method: word, uri: fc.constant('sip:pbx.example.net') })),
    cseq: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    branches: fc.array(word, { minLength: 1, maxLength: 4 }),
    values: fc.tuple(value, value, value),
    more: fc.array(fc.tuple(word.filter((name) => !/^(?:from|to|call-id|cseq|via|content-length|[cefiklmstv])$/i.test(name)), value), { maxLength: 8 }),
    body: fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  })
  .map(({ start, cseq, branches, values: [from, to, callId], more, body }) => ({
    start,
    headers: [...branches.map((branch) => ['Via', `SIP/2.0/UDP 192.0.2.1;branch=${branch}`] as const), ['From', from] as const, ['To', to] as const, ['Call-ID', callId] as const, ['CSeq', `${cseq} ${'method' in start ? start.method : 'OPTIONS'}`] as const, ...more],
    body,
  }));

describe('properties', () => {
  test('what is written is read as it was', () => {
    fc.assert(
      fc.property(message, (given) => {
        const read = parseSip(writeSip(given));
        expect({ ...read, headers: read.headers.slice(0, -1) }).toEqual(given);
        expect(read.headers.at(-1)).toEqual(['Content-Length', String(given.body.length)]);
      }),
      { numRuns: 300 },
    );
  });

  /** A message with some of its octets changed, left out, doubled or put elsewhere. */
  const mutated = fc.tuple(message, fc.array(fc.record({ at: fc.nat(600), length: fc.nat(12), by: fc.string({ unit: 'binary-ascii', maxLength: 6 }) }), { maxLength: 6 })).map(([one, changes]) =>
    changes.reduce((text, { at, length, by }) => text.slice(0, at % (text.length + 1)) + by + text.slice((at % (text.length + 1)) + length), writeSip(one)),
  );

  test('anything at all is read or is a SipFault, in time', () => {
    const any = fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) });
    fc.assert(
      fc.property(any, (text) => {
        try {
          const read = parseSip(text);
          for (const via of headerValues(read, 'via')) branchOf(via);
          retryAfterSeconds(read);
          // What it takes it also writes, and takes again.
          expect(parseSip(writeSip(read)).start).toEqual(read.start);
        } catch (error) {
          expect(error).toBeInstanceOf(SipFault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('no text of full length takes long, whatever is repeated in it', () => {
    const began = performance.now();
    for (const piece of [' ', '\t', ';', ',', '"', '\\', '\r\n ', '\r\n', 'a:', 'SIP/2.0 ', ' / ', '1', '=', '; ', 'x: y\r\n', 'SIP / 2.0 / UDP h']) {
      for (const head of ['', 'SIP/2.0 200 ', 'SIP/2.0 200 OK\r\n', 'SIP/2.0 200 OK\r\nVia: ', 'SIP/2.0 200 OK\r\nCSeq: ', `${response().slice(0, -2)}Via: SIP/2.0/UDP x`]) {
        const text = `${(head + piece.repeat(LONGEST_MESSAGE)).slice(0, LONGEST_MESSAGE - 4)}\r\n\r\n`;
        try {
          parseSip(text);
        } catch (error) {
          expect(error).toBeInstanceOf(SipFault);
        }
      }
    }
    // 96 texts of 64 KiB, some milliseconds each at most; each of those for which the time grows with the square of the length takes two seconds.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
