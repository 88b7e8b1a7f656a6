/** Certificates for tests, signed by themselves, for localhost: written out in DER (RFC 5280), since Node reads certificates and makes none. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface MadeCertificate {
  /** PEM. */
  cert: string;
  key: string;
}

const SEQUENCE = 0x30;
const ECDSA_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const ALTERNATIVE_NAMES = '0603551d11';
const BASIC_CONSTRAINTS = '0603551d13';

function tlv(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const octets = (content: Buffer): Buffer => tlv(0x04, content);
const bits = (content: Buffer): Buffer => tlv(0x03, Buffer.from([0]), content);
/** GeneralizedTime, `20261122031502Z`. */
const time = (at: number): Buffer => tlv(0x18, Buffer.from(new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')));

/** Valid between two moments, milliseconds since 1970. */
export function makeCertificate(from: number, until: number): MadeCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = tlv(SEQUENCE, hex(ECDSA_SHA256));
  const name = tlv(SEQUENCE, tlv(0x31, tlv(SEQUENCE, hex(COMMON_NAME), tlv(0x0c, Buffer.from('localhost')))));
  const names = tlv(SEQUENCE, hex(ALTERNATIVE_NAMES), octets(tlv(SEQUENCE, tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.from([127, 0, 0, 1])))));
  const authority = tlv(SEQUENCE, hex(BASIC_CONSTRAINTS), hex('0101ff'), octets(tlv(SEQUENCE, hex('0101ff'))));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const content = tlv(
    SEQUENCE, tlv(0xa0, hex('020102')), tlv(0x02, serial), algorithm, name, tlv(SEQUENCE, time(from), time(until)), name,
    publicKey.export({ type: 'spki', format: 'der' }), tlv(0xa3, tlv(SEQUENCE, names, authority)),
  );
  const der = tlv(SEQUENCE, content, algorithm, bits(sign('sha256', content, privateKey)));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return { cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'), key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}
