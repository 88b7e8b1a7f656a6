/** How a Redis is named: one server, what Sentinels watch over, or a Cluster. What the settings check is what the store opens. */

export interface RedisNode {
  host: string;
  port: number;
}

export interface RedisLogin {
  username?: string;
  password?: string;
}

export type RedisPlace =
  /** An address or a socket's path, as it was given. */
  | { kind: 'one'; url: string }
  /** `sentinelLogin` is the Sentinels' own; `database` counts from 0. */
  | { kind: 'sentinel'; nodes: readonly RedisNode[]; login: RedisLogin; tls: boolean; master: string; sentinelLogin: RedisLogin; database: number }
  | { kind: 'cluster'; nodes: readonly RedisNode[]; login: RedisLogin; tls: boolean };

const SENTINEL_PORT = 26379;
const CLUSTER_PORT = 6379;
const ONE = /^(?:rediss?:\/\/|unix:\/\/|\/)\S+$/;
const MANY = /^redis(s?)\+(sentinel|cluster):\/\/(?:([^@/?\s]*)@)?([^@/?\s]*)(?:\/([^?\s]*))?(?:\?(\S*))?$/;
const NODE = /^(\[[0-9a-fA-F:.]+\]|[^[\]:]+)(?::(\d{1,5}))?$/;
const OPTIONS = ['sentinelUsername', 'sentinelPassword', 'db'];
const DATABASES = 16_384;

/** A fault in words that hold nothing of what was given. */
class Unreadable extends Error {}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Unreadable('a % in it begins no escape (%25 is a percent sign)');
  }
}

function readLogin(username: string, password: string): RedisLogin {
  return { ...(username === '' ? {} : { username: decoded(username) }), ...(password === '' ? {} : { password: decoded(password) }) };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const [, host = '', port = String(defaultPort)] = NODE.exec(text) ?? [];
  if (host === '' || Number(port) < 1 || Number(port) > 65_535) throw new Unreadable('its addresses must be host or host:port, with commas between');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function readDatabase(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) >= DATABASES) throw new Unreadable('its db must be the number of a database');
  return Number(text);
}

function readOptions(text: string, allowed: readonly string[]): URLSearchParams {
  const options = new URLSearchParams(text);
  for (const name of options.keys()) if (!allowed.includes(name)) throw new Unreadable(`it can have ${allowed.length === 0 ? 'no options' : `only the options ${allowed.join(', ')}`}`);
  return options;
}

function readMany([, secure, kind, userinfo = '', hosts = '', path = '', query = '']: RegExpExecArray): RedisPlace {
  const colon = userinfo.indexOf(':');
  const login = colon < 0 ? readLogin(userinfo, '') : readLogin(userinfo.slice(0, colon), userinfo.slice(colon + 1));
  const nodes = hosts.split(',').map((host) => readNode(host, kind === 'sentinel' ? SENTINEL_PORT : CLUSTER_PORT));
  const shared = { nodes, login, tls: secure === 's' };
  if (kind === 'cluster') {
    if (path !== '') throw new Unreadable('a cluster has no databases and no name: nothing follows the addresses');
    readOptions(query, []);
    return { kind, ...shared };
  }
  if (path === '' || path.includes('/')) throw new Unreadable('the name by which the Sentinels know the primary must follow their addresses, after a slash');
  const options = readOptions(query, OPTIONS);
  const sentinelLogin = { ...(options.has('sentinelUsername') ? { username: options.get('sentinelUsername') ?? '' } : {}), ...(options.has('sentinelPassword') ? { password: options.get('sentinelPassword') ?? '' } : {}) };
  return { kind: 'sentinel', ...shared, master: decoded(path), sentinelLogin, database: readDatabase(options.get('db') ?? '0') };
}

/** The place that an address names, or what is wrong with it, in words that hold nothing of it. */
export function readRedisUrl(url: string): RedisPlace | { fault: string } {
  if (ONE.test(url)) return { kind: 'one', url };
  const many = MANY.exec(url);
  try {
    return many ? readMany(many) : { fault: 'it is none of these' };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    throw error;
  }
}
