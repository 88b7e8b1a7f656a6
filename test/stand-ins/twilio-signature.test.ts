import { describe, expect, it } from 'vitest';
import twilioSdk from 'twilio';
import { sign, urlToSign } from '../../stand-ins/twilio/signature.ts';

/** Vectors of twilio-node spec/validation.spec.js (the same values are in twilio-python tests/unit/test_request_validator.py). */
const TOKEN = '12345';
const CALL = { CallSid: 'CA1234567890ABCDE', Caller: '+14158675309', Digits: '1234', From: '+14158675309', To: '+18005551212' };

describe('the stand-in\'s signature', () => {
  it.each([
    ['https://mycompany.com/myapp.php?foo=1&bar=2', CALL, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
    ['http://mycompany.com:1234/myapp.php?foo=1&bar=2', CALL, 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU='],
    ['https://user:pass@mycompany.com/myapp.php?foo=1&bar=2', CALL, 'CukzLTc1tT5dXEDIHm/tKBanW10='],
    // Published as "It's": what is signed is the URL as it goes over the wire.
    [new URL('https://mycompany.com/myapp.php?foo=1&bar=2&Body=It\'s+amazing').href, CALL, 'TfZzewPq8wqrGlMfyAud8+/IvJ0='],
    ['https://mycompany.com/myapp.php?foo=1&bar=2', { 'MessagingBinding.Address': ['+1415xxxxxxx', '+1325xxxxxxx'] }, '83O6e2vORAoJHUNzJjDWN1jz+BA='],
    ['https://mycompany.com/myapp.php?foo=1&bar=2', { Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] }, 'IK+Dwps556ElfBT0I3Rgjkr1wJU='],
    ['https://mycompany.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620', {}, 'y77kIzt2vzLz71DgmJGsen2scGs='],
  ])('matches the published one of %s', (url, params, signature) => {
    expect(sign(TOKEN, url, params)).toBe(signature);
  });

  it('can name the standard port, or leave a port out, as Twilio does by turns', () => {
    const url = 'https://user@mycompany.com/a?b=c';
    expect(urlToSign(url, 'always')).toBe('https://user@mycompany.com:443/a?b=c');
    expect(urlToSign('http://[::1]:8080/a', 'never')).toBe('http://[::1]/a');
    expect(urlToSign(url, 'as-given')).toBe(url);
    expect(twilioSdk.validateRequest(TOKEN, sign(TOKEN, urlToSign(url, 'always'), CALL), url, CALL)).toBe(true);
  });
});
