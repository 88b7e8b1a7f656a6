/**
 * Secrets as they are stored: a reference (`env:NAME`, `file:PATH`) that each process resolves by itself, or the
 * secret encrypted with AES-256-GCM (NIST SP 800-38D) under the installation's key. Never readable back over the API.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Failure } from '../domain/errors.ts';
import type { Random } from '../system/system.ts';
import { environmentValue, SETTINGS } from './settings.ts';

/** What the API shows of an encrypted secret; sent back in a PUT it leaves the secret as it is. */
export const CONCEALED = '(encrypted)';

const SEALED = 'enc:v1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const LARGEST_SECRET_BYTES = 4096;
/** Where files are views of the system: `/proc/self/environ` has all that the environment holds. */
const SYSTEM_FOLDERS = ['/proc', '/sys', '/dev'];

export interface SecretBox {
  /** The form in which a secret is stored: references as they are, anything else encrypted. */
  seal(given: string): string;
  /** The secret itself. Throws `carrier_secret_missing` when a reference leads nowhere or the key is another one. */
  open(stored: string): string;
  /** The same secret encrypted with the key in force, when it is stored under the other one; else undefined. */
  resealed(stored: string): string | undefined;
}

function isReference(text: string): boolean {
  return text.startsWith('env:') || text.startsWith('file:');
}

/** Whether what was sent is a secret itself: no reference, and no concealment that came back. */
export function isGivenSecret(text: string): boolean {
  return !isReference(text) && text !== CONCEALED;
}

/** What may be shown of a stored secret. */
export function concealed(stored: string): string {
  return isReference(stored) ? stored : CONCEALED;
}

/**
 * Why no reference may be written so; undefined for one that may. A carrier's secret is sent to the carrier's `baseUrl`, so whoever may
 * write carriers could have the service's own secrets sent to an address of theirs.
 */
export function referenceFault(given: string): string | undefined {
  if (given === 'env:' || given === 'file:') return `${given} names nothing`;
  const name = given.startsWith('env:') ? given.slice('env:'.length) : undefined;
  return name !== undefined && Object.hasOwn(SETTINGS, name) ? `${name} is a setting of the service, and no secret of a carrier` : undefined;
}

/** Whether a file is one that somebody put there to be read: of a secret's size, and none of the system's or the service's own. */
function mayBeRead(path: string, keepOut: readonly string[]): boolean {
  const real = realpathSync(path);
  const { size } = statSync(real);
  return size <= LARGEST_SECRET_BYTES && ![...SYSTEM_FOLDERS, ...keepOut].some((folder) => real.startsWith(`${folder}${sep}`));
}

function resolveReference(reference: string, keepOut: readonly string[]): string {
  const missing = (cause?: unknown): Failure => new Failure('carrier_secret_missing', `${reference} leads to no secret`, { cause });
  if (referenceFault(reference) !== undefined) throw missing();
  if (reference.startsWith('env:')) {
    const value = environmentValue(reference.slice('env:'.length));
    if (!value) throw missing();
    return value;
  }
  try {
    const path = reference.slice('file:'.length);
    const value = mayBeRead(path, keepOut) ? readFileSync(path, 'utf8').trim() : '';
    if (value) return value;
  } catch (error) {
    throw missing(error);
  }
  throw missing();
}

function unsealed(stored: string, key: Buffer): string {
  const raw = Buffer.from(stored.slice(SEALED.length), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, raw.subarray(0, IV_BYTES));
  decipher.setAuthTag(raw.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(raw.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}

/** Undefined when it was not encrypted with this key. */
function tried(stored: string, key: Buffer): string | undefined {
  try {
    return unsealed(stored, key);
  } catch {
    return undefined;
  }
}

/**
 * @param keyHex 32 bytes as 64 hexadecimal digits
 * @param otherHex one more key, with which secrets are opened and none is encrypted: while SECRET_KEY is being replaced
 * @param dataDir whose files no reference leads to; made when it is not there
 */
export function createSecretBox(keyHex: string, random: Random, { otherHex, dataDir }: { otherHex?: string | undefined; dataDir?: string } = {}): SecretBox {
  const key = Buffer.from(keyHex, 'hex');
  const other = otherHex === undefined ? undefined : Buffer.from(otherHex, 'hex');
  // Whoever begins on a new machine has none yet, and with a key that was given nobody else makes it.
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const keepOut = dataDir === undefined ? [] : [realpathSync(dataDir)];

  function seal(given: string): string {
    if (isReference(given)) return given;
    const iv = random.bytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const text = Buffer.concat([cipher.update(given, 'utf8'), cipher.final()]);
    return SEALED + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64');
  }

  return {
    seal,
    open(stored) {
      if (!stored.startsWith(SEALED)) return resolveReference(stored, keepOut);
      try {
        return (other && tried(stored, other)) ?? unsealed(stored, key);
      } catch (error) {
        throw new Failure('carrier_secret_missing', 'An encrypted secret cannot be opened: SECRET_KEY is not the one it was stored with', { cause: error });
      }
    },
    resealed(stored) {
      const secret = other && stored.startsWith(SEALED) ? tried(stored, other) : undefined;
      return secret === undefined ? undefined : seal(secret);
    },
  };
}

/** Whole and on disk before it has its name: a crash in between must not leave an empty key, nor secrets that no key opens. */
function makeKey(path: string, random: Random): void {
  const fresh = `${path}.${random.uuid()}`;
  const file = openSync(fresh, 'wx', 0o600);
  writeFileSync(file, random.bytes(32).toString('hex'));
  fsyncSync(file);
  closeSync(file);
  renameSync(fresh, path);
}

/** A copy that was put back may be readable to all. Where it is another's file, it is another's to see to. */
function keepPrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch {
    // Mounted read-only, or not ours.
  }
}

/** The installation's key: from the settings, else kept in DATA_DIR/secret.key, made at first start. */
export function installationKey(given: string | undefined, dataDir: string, random: Random): string {
  if (given !== undefined) return given;
  const path = join(dataDir, 'secret.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (existsSync(path)) keepPrivate(path);
  else makeKey(path, random);
  const key = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]{64}$/i.test(key)) throw new Error(`${path} does not hold 64 hexadecimal digits`);
  return key;
}
