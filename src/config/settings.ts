/**
 * The settings: one schema from which types, defaults, `.env.example` and docs/settings.md follow. The only file
 * that knows the names of environment variables. All faults are reported at once, by name and never by value.
 */
import { isAbsolute, resolve } from 'node:path';
import { readRedisUrl } from '../domain/redis-url.ts';

interface SettingBase {
  about: string;
  /** Never shown, not even in an error. */
  secret?: true;
}
type Setting = SettingBase &
  (
    | { kind: 'text'; default?: string; pattern?: RegExp; expects?: string; faultOf?: (given: string) => string | undefined }
    | { kind: 'integer'; default?: number; min: number; max: number }
    | { kind: 'choice'; default: string; of: readonly string[] }
  );

const ORIGIN = /^https?:\/\/[^/\s?#]+$/;

function faultOfRedisUrl(given: string): string | undefined {
  const read = readRedisUrl(given);
  return 'fault' in read ? read.fault : undefined;
}

export const SETTINGS = {
  HOST: { kind: 'text', default: '0.0.0.0', about: 'Address to listen on' },
  PORT: { kind: 'integer', default: 8080, min: 0, max: 65535, about: 'Port to listen on; 0 takes a free one' },
  TLS_CERT_FILE: { kind: 'text', about: 'Certificate of this service in PEM, with its chain behind it: then it speaks HTTPS itself, TLS 1.2 or newer. It is read again when it was renewed. Unset: plain HTTP, for a proxy that speaks TLS' },
  TLS_KEY_FILE: { kind: 'text', about: 'The private key of TLS_CERT_FILE in PEM, without a password' },
  PUBLIC_BASE_URL: { kind: 'text', pattern: ORIGIN, expects: 'an origin such as https://calls.example.net, without a path', about: 'Origin at which carriers reach this service; signatures are checked against it. Unset: http://localhost:PORT, with TLS_CERT_FILE https' },
  FALLBACK_BASE_URL: { kind: 'text', pattern: ORIGIN, expects: 'an origin such as https://calls2.example.net, without a path', about: 'A second origin that leads to other processes of this service; carriers are told to ask there when the first does not answer' },
  REDIS_URL: { kind: 'text', faultOf: faultOfRedisUrl, expects: 'redis://…, redis+sentinel://host:port,…/name, redis+cluster://host:port,…, each also as rediss for TLS, or the path of a unix socket', secret: true, about: 'Redis to use. Unset: an own redis-server is started, with its data under DATA_DIR' },
  REDIS_WAIT_REPLICAS: { kind: 'integer', min: 0, max: 10, about: 'How many replicas must have a write before it is acknowledged. Unset: 1 behind Sentinel and in a Cluster, otherwise 0' },
  REDIS_SERVER_BIN: { kind: 'text', default: 'redis-server', about: 'The redis-server to start when REDIS_URL is unset' },
  DATA_DIR: { kind: 'text', default: './data', about: 'Folder of everything that is kept on this machine' },
  BACKLOG_MAX_MB: { kind: 'integer', default: 2048, min: 1, max: 1_048_576, about: 'Most that waits in Redis for all subscribers together' },
  REPLAY_MAX_IN_FLIGHT: { kind: 'integer', default: 200, min: 1, max: 10_000, about: 'Most posts on their way at once to the subscribers of one primary, from all processes together; how many it really are depends on how it answers' },
  SPOOL_MAX_MB: { kind: 'integer', default: 1024, min: 1, max: 1_048_576, about: 'Most that is kept on the local disk, in DATA_DIR/spool, of what waits for Redis to come back' },
  SNAPSHOT_SECONDS: { kind: 'integer', default: 30, min: 1, max: 86_400, about: 'How often, at most, the routing table is written to DATA_DIR/snapshot when it has changed' },
  GOBAG_SECONDS: { kind: 'integer', default: 15, min: 1, max: 86_400, about: 'How often, at most, the go-bag is written to DATA_DIR/gobag when something has changed; a process with WORKERS=off writes none' },
  LOG_LEVEL: { kind: 'choice', default: 'info', of: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], about: 'What is logged' },
  WORKERS: { kind: 'choice', default: 'on', of: ['on', 'off'], about: 'Whether this process also runs the background workers; off where `npm run workers` runs beside it' },
  POLICY_FILE: { kind: 'text', about: 'The policy, in YAML; it is read again when it changes. Unset: the one that comes with the program, rules/policy.yaml' },
  RINGTHROUGH_ADMIN_KEY: { kind: 'text', pattern: /^\S{20,200}$/, expects: '20 to 200 characters without spaces', secret: true, about: 'Admin key to install at first start (unset: one is made and printed once), and later in place of the key `admin` when it is one that was never installed here: the way back in when the last admin key is lost' },
  SECRET_KEY: { kind: 'text', pattern: /^[0-9a-fA-F]{64}$/, expects: '64 hexadecimal digits', secret: true, about: 'Key that encrypts stored secrets, the same for all processes. Unset: made at first start and kept in DATA_DIR/secret.key' },
  SECRET_KEY_OTHER: { kind: 'text', pattern: /^[0-9a-fA-F]{64}$/, expects: '64 hexadecimal digits', secret: true, about: 'While SECRET_KEY is being replaced: the next key, then the one before. Stored secrets can be read with it too, and at start those that need it are encrypted anew with SECRET_KEY' },
  CALLS_KEEP_DAYS: { kind: 'integer', default: 30, min: 1, max: 3650, about: 'Calls older than this many days are forgotten' },
  CALLS_KEEP_MAX: { kind: 'integer', default: 200_000, min: 100, max: 100_000_000, about: 'At most this many calls are kept, the newest' },
  CARRIER_CHECK_HOURS: { kind: 'integer', default: 24, min: 0, max: 8760, about: 'How often the numbers of each carrier are compared with those here, at the pace of its limits; 0: only when asked' },
  AUDIT_KEEP_MAX: { kind: 'integer', default: 100_000, min: 1000, max: 100_000_000, about: 'So many audit entries are kept at most, the newest' },
  AUDIT_KEEP_MB: { kind: 'integer', default: 1024, min: 1, max: 1_048_576, about: 'The audit entries that are kept take so much at most; the oldest go first, and an import of a million numbers leaves some 415' },
  RECEIVERS_MAY_BE_PRIVATE: { kind: 'choice', default: 'no', of: ['no', 'yes'], about: 'Whether receivers of messages and subscribers may be in private networks or on this machine; link-local addresses never' },
  SMTP_URL: { kind: 'text', pattern: /^smtps?:\/\/[^\s/?#]+\/?$/, expects: 'smtp://user:password@mail.example.net:587, or smtps:// where TLS comes first', secret: true, about: 'Mail server for receivers of kind email. Unset: there is no mail' },
  SMTP_FROM: { kind: 'text', pattern: /^(?:[^<>\r\n"]{0,100}<)?[^\s<>@]+@[^\s<>@]+>?$/, expects: 'an address such as Ringthrough <ringthrough@example.net>', about: 'Sender of that mail' },
  LOOP_WINDOW_SECONDS: { kind: 'integer', default: 10, min: 0, max: 120, about: 'A second call of the same caller to the same number within this time, while the first is being diverted, counts as one that came back; 0 turns it off' },
  REPLAY_WINDOW_SECONDS: { kind: 'integer', default: 60, min: 15, max: 3600, about: 'A webhook seen before, by any process, is answered again within this time (carriers retry) and refused after it' },
  AUTHENTICATION_BURST: { kind: 'integer', default: 20, min: 1, max: 1_000_000, about: 'Failed authentications that one client address has before the further ones are answered 429 with a wait that grows' },
  BODY_LIMIT_BYTES: { kind: 'integer', default: 1_048_576, min: 65_536, max: 67_108_864, about: 'Largest body of a request, imports excepted' },
  MAX_CONNECTIONS: { kind: 'integer', default: 10_000, min: 10, max: 1_000_000, about: 'Most connections of clients at once, within what the system lets the process open; further ones are refused at once' },
  MAX_CONNECTIONS_PER_ADDRESS: { kind: 'integer', default: 1000, min: 1, max: 1_000_000, about: 'Most connections of one client address at once, trusted proxies excepted' },
  TRUSTED_PROXIES: { kind: 'text', pattern: /^[0-9a-f.:]+(?:\/\d{1,3})?(?:\s*,\s*[0-9a-f.:]+(?:\/\d{1,3})?)*$/i, expects: 'addresses or networks such as 10.0.0.5, 10.1.0.0/16, with commas between them', about: 'Proxies whose X-Forwarded-For is believed, and which may have more connections than one address; with commas between them' },
  SLOW_CLIENT_SECONDS: { kind: 'integer', default: 10, min: 1, max: 300, about: 'Time that a client has to send its headers, and as long again for the body of a webhook; three times as long for another body, and for reading an answer without taking any of it' },
  OVERLOAD_LAG_MS: { kind: 'integer', default: 500, min: 5, max: 60_000, about: 'When the process comes this late to its work, requests to the API are refused so that calls are answered; background work waits from two fifths of it on, and from twice as late on calls go to the second origin' },
  SHUTDOWN_SECONDS: { kind: 'integer', default: 20, min: 1, max: 600, about: 'Time that what is in flight has to finish at shutdown' },
} as const satisfies Record<string, Setting>;

type Key = keyof typeof SETTINGS;
type ValueOf<S> = S extends { kind: 'integer' } ? (S extends { default: number } ? number : number | undefined) : S extends { kind: 'choice'; of: readonly (infer C)[] } ? C : S extends { default: string } ? string : string | undefined;

export type Settings = { readonly [K in Key]: ValueOf<(typeof SETTINGS)[K]> };

/** All that is wrong with an environment, one sentence a fault. */
export class SettingsFault extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

function parse(name: string, setting: Setting, raw: string | undefined): { value: string | number | undefined } | { fault: string } {
  const given = raw === undefined || raw.trim() === '' ? undefined : raw.trim();
  if (given === undefined) return { value: setting.default };
  if (setting.kind === 'integer') {
    const value = /^-?\d+$/.test(given) ? Number(given) : Number.NaN;
    if (value >= setting.min && value <= setting.max) return { value };
    return { fault: `${name} must be a whole number from ${setting.min} to ${setting.max}` };
  }
  if (setting.kind === 'choice') {
    return setting.of.includes(given) ? { value: given } : { fault: `${name} must be one of ${setting.of.join(', ')}` };
  }
  if (setting.pattern && !setting.pattern.test(given)) return { fault: `${name} must be ${setting.expects}` };
  const fault = setting.faultOf?.(given);
  return fault === undefined ? { value: given } : { fault: `${name} must be ${setting.expects}; ${fault}` };
}

/** Reads the settings from an environment. Throws `SettingsFault` naming every fault. */
export function readSettings(environment: Readonly<Record<string, string | undefined>> = process.env): Settings {
  const faults: string[] = [];
  const values: Record<string, string | number | undefined> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [Key, Setting][]) {
    const result = parse(name, setting, environment[name]);
    if ('fault' in result) faults.push(result.fault);
    else values[name] = result.value;
  }
  if ((values['TLS_CERT_FILE'] === undefined) !== (values['TLS_KEY_FILE'] === undefined)) faults.push('TLS_CERT_FILE and TLS_KEY_FILE go together: both or neither');
  if ((values['SMTP_URL'] === undefined) !== (values['SMTP_FROM'] === undefined)) faults.push('SMTP_URL and SMTP_FROM go together: both or neither');
  // Every write would wait for what the own redis-server does not have.
  if (Number(values['REDIS_WAIT_REPLICAS'] ?? 0) > 0 && (environment['REDIS_URL'] ?? '').trim() === '') faults.push('REDIS_WAIT_REPLICAS must be 0 or unset without REDIS_URL: the own redis-server has no replicas');
  if (faults.length > 0) throw new SettingsFault(faults);
  const dataDir = String(values['DATA_DIR']);
  values['DATA_DIR'] = isAbsolute(dataDir) ? dataDir : resolve(dataDir);
  return values as unknown as Settings;
}

/** What may be logged of the settings: secrets only as set or not set. */
export function summarise(settings: Settings): Record<string, string | number> {
  const summary: Record<string, string | number> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [Key, Setting][]) {
    const value = settings[name];
    summary[name] = setting.secret ? (value === undefined ? 'not set' : 'set') : (value ?? 'not set');
  }
  return summary;
}

/** Reads an environment variable that a stored reference (`env:NAME`) names. */
export function environmentValue(name: string): string | undefined {
  // Not what every object has, such as `toString`.
  return Object.hasOwn(process.env, name) ? process.env[name] : undefined;
}
