import { describe, expect, it } from 'vitest';
import twilioSdk from 'twilio';
import { readTwiml, type Audience } from '../../stand-ins/twilio/twiml.ts';
import { response } from './application.ts';

function faults(body: string, more: { type?: string; status?: number; audience?: Audience } = {}): number[] {
  const { type = 'text/xml; charset=utf-8', status = 200, audience = 'caller' } = more;
  const reading = readTwiml({ status, contentType: type, body, bytes: Buffer.byteLength(body) }, audience);
  return 'faults' in reading ? reading.faults.map(({ code }) => code) : [];
}

describe('the strict reading of TwiML', () => {
  it.each([
    ['nothing at all', response('')],
    ['references and another alphabet', response('<Say language="de-DE">Grüße &amp; &#8217;mehr&#x2019; &lt;3</Say>')],
    ['a full dial', response('<Dial timeout="20" answerOnBridge="true" action="/a?b=1&amp;c=2" method="POST" callerId="+442079460123"><Sip>sip:+442079460123@pbx.example.net:5062;transport=udp?X-Mark=a%20b</Sip></Dial>')],
    ['a bare number', response('<Dial>+442079460123</Dial><Say>Goodbye.</Say>')],
    ['comments, CDATA and another prolog', '<?xml version="1.0"?><!-- & < --><Response><Say><![CDATA[a & b]]></Say></Response>'],
    ['what Twilio\'s own builder writes', buildWithSdk()],
  ])('takes %s', (_what, body) => {
    expect(faults(body)).toEqual([]);
  });

  it.each([
    ['<Response><Say>a & b</Say></Response>', 12100],
    ['<Response><Dial action="/a?b=1&c=2">+442079460123</Dial></Response>', 12100],
    ['<Response><Redirect method="a<b">/x</Redirect></Response>', 12100],
    ['<Response><Say>&copy;</Say></Response>', 12100],
    ['<Response><Say>\u0007</Say></Response>', 12100],
    ['<Response/><Response/>', 12100],
    ['<!DOCTYPE x><Response/>', 12100],
    ['<Response><Say>x</Response>', 12100],
    ['', 12100],
    ['{"a":1}', 12100],
    ['<response/>', 12200],
    [response('Hello'), 12200],
    [response('<say>x</say>'), 12200],
    [response('<Say></Say>'), 12200],
    [response(`<Say>${'x'.repeat(4097)}</Say>`), 12200],
    [response('<Say language="xx-XX">x</Say>'), 12200],
    [response('<Say volume="1">x</Say>'), 12200],
    [response('<Dial timeout="4">+442079460123</Dial>'), 12200],
    [response('<Dial timeout="601">+442079460123</Dial>'), 12200],
    [response('<Dial answeronbridge="true">+442079460123</Dial>'), 12200],
    [response('<Dial answerOnBridge="yes">+442079460123</Dial>'), 12200],
    [response('<Dial>02079460123</Dial>'), 12200],
    [response('<Dial/>'), 12200],
    [response(`<Dial>${'<Number>+442079460123</Number>'.repeat(11)}</Dial>`), 12200],
    [response('<Dial><Say>x</Say></Dial>'), 12200],
    [response('<Dial><Sip>pbx.example.net</Sip></Dial>'), 12200],
    [response('<Dial><Sip>sip:a@pbx.example.net?Mark=1</Sip></Dial>'), 12200],
    [response(`<Dial><Sip>sip:a@pbx.example.net?X-Mark=${'1'.repeat(1100)}</Sip></Dial>`), 12200],
    [response('<Dial action="javascript:alert(1)">+442079460123</Dial>'), 12200],
    [response('<Dial action="/x">+442079460123</Dial><Say>Never heard.</Say>'), 12200],
    [response('<Hangup/><Say>Never heard.</Say>'), 12200],
    [response('<Redirect>/x</Redirect><Hangup/>'), 12200],
    [response('<Say>x</Say><Reject/>'), 12200],
    [response('<Gather><Dial>+442079460123</Dial></Gather>'), 12200],
    [response('<Gather numDigits="0"/>'), 12200],
    [response('<Record maxLength="1"/>'), 12200],
    [response('<Number>+442079460123</Number>'), 12200],
    [response('<Dial><Number machineDetection="Enable">+442079460123</Number></Dial>'), 12200],
  ])('refuses %s', (body, code) => {
    expect(faults(body)).toEqual([code]);
  });

  it('refuses a wrong type, a wrong status, and more than 64 kB', () => {
    expect(faults(response(''), { type: 'text/html' })).toEqual([12300]);
    expect(faults(response(''), { type: '' })).toEqual([12300]);
    expect(faults(response(''), { type: 'application/xml' })).toEqual([]);
    expect(faults(response(''), { status: 404 })).toEqual([11200]);
    expect(faults(response(`<Say>${'é'.repeat(33_000)}</Say>`))).toEqual([11750]);
  });

  it('keeps a callee\'s document to what may stand there', () => {
    expect(faults(response('<Gather numDigits="1"><Say>x</Say></Gather><Hangup/>'), { audience: 'callee' })).toEqual([]);
    expect(faults(response('<Dial>+442079460123</Dial>'), { audience: 'callee' })).toEqual([12200]);
    expect(faults(response('<Record/>'), { audience: 'callee' })).toEqual([12200]);
  });
});

function buildWithSdk(): string {
  const built = new twilioSdk.twiml.VoiceResponse();
  built.say({ language: 'en-GB' }, 'Tom & Jerry <3');
  built.dial({ timeout: 20, sequential: true, action: '/next?a=1&b=2', answerOnBridge: true }).number({ url: '/screen' }, '+442079460123');
  return built.toString();
}
