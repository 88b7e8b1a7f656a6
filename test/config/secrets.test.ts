/** The secret box, and the installation's own key. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concealed, CONCEALED, createSecretBox, installationKey } from '../../src/config/secrets.ts';
import { realSystem } from '../../src/system/system.ts';

const { random } = realSystem;
const KEY = '5e'.repeat(32);
const box = createSecretBox(KEY, random);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringthrough-secrets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a literal secret', () => {
  const literal = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^(env|file):/.test(text));

  test('comes back as it was, and is not in what is stored', () => {
    fc.assert(
      fc.property(literal, (secret) => {
        const sealed = box.seal(secret);
        expect(sealed).toMatch(/^enc:v1:[A-Za-z0-9+/]+=*$/);
        expect(box.open(sealed)).toBe(secret);
        expect(concealed(sealed)).toBe(CONCEALED);
        expect(box.seal(secret)).not.toBe(sealed);
      }),
    );
  });

  test('cannot be opened when a single bit was changed, or with another key', () => {
    const sealed = box.seal('a secret');
    const raw = Buffer.from(sealed.slice('enc:v1:'.length), 'base64');
    for (let bit = 0; bit < raw.length * 8; bit += 1) {
      const changed = Buffer.from(raw);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => box.open(`enc:v1:${changed.toString('base64')}`)).toThrow(expect.objectContaining({ code: 'carrier_secret_missing' }));
    }
    expect(() => createSecretBox('a7'.repeat(32), random).open(sealed)).toThrow(/SECRET_KEY is not the one/);
    for (const torn of ['enc:v1:', 'enc:v1:AAAA', 'enc:v1:???']) expect(() => box.open(torn)).toThrow(expect.objectContaining({ code: 'carrier_secret_missing' }));
  });
});

describe('a second key', () => {
  const old = createSecretBox('a7'.repeat(32), random);
  const both = createSecretBox(KEY, random, { otherHex: 'a7'.repeat(32) });

  test('opens too, and nothing is encrypted with it', () => {
    expect(both.open(old.seal('a secret'))).toBe('a secret');
    expect(box.open(both.seal('a secret'))).toBe('a secret');
    expect(() => old.open(both.seal('a secret'))).toThrow(/SECRET_KEY is not the one/);
    expect(() => both.open(createSecretBox('b3'.repeat(32), random).seal('a secret'))).toThrow(/SECRET_KEY is not the one/);
  });

  test('is needed no more for what was encrypted anew', () => {
    const anew = both.resealed(old.seal('a secret')) ?? '';
    expect(box.open(anew)).toBe('a secret');
    for (const nothingToDo of [anew, 'env:NAME', 'file:/path', 'enc:v1:AAAA', createSecretBox('b3'.repeat(32), random).seal('x')]) expect(both.resealed(nothingToDo)).toBeUndefined();
    expect(box.resealed(old.seal('x'))).toBeUndefined();
  });
});

describe('a reference', () => {
  test('is stored and shown as it is, and leads to the secret of the moment', () => {
    const path = join(folder, 'token');
    for (const secret of ['one', 'two']) {
      writeFileSync(path, `  ${secret}\n`);
      process.env['RINGTHROUGH_TEST_SECRET'] = secret;
      for (const reference of [`file:${path}`, 'env:RINGTHROUGH_TEST_SECRET']) {
        expect([box.seal(reference), concealed(reference), box.open(reference)]).toEqual([reference, reference, secret]);
      }
    }
    delete process.env['RINGTHROUGH_TEST_SECRET'];
  });

  test("leads to nothing of the service's own or of the system, also in disguise", () => {
    const dataDir = join(folder, 'data-of-a-new-machine');
    const guarded = createSecretBox(KEY, random, { dataDir });
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    writeFileSync(join(dataDir, 'secret.key'), KEY);
    symlinkSync(join(dataDir, 'secret.key'), join(folder, 'innocent'));
    writeFileSync(join(folder, 'large'), 'x'.repeat(5000));
    process.env['SECRET_KEY'] = KEY;
    for (const reference of ['env:SECRET_KEY', 'env:REDIS_URL', 'env:RINGTHROUGH_ADMIN_KEY', `file:${dataDir}/secret.key`, `file:${dataDir}/../${basename(dataDir)}/secret.key`, `file:${folder}/innocent`, `file:${folder}/large`, 'file:/proc/self/environ', 'file:/dev/../proc/self/environ', 'file:/dev/stdin']) {
      expect(() => guarded.open(reference), reference).toThrow(expect.objectContaining({ code: 'carrier_secret_missing', message: `${reference} leads to no secret` }));
    }
    delete process.env['SECRET_KEY'];
    writeFileSync(join(folder, 'token'), 'three\n');
    expect(guarded.open(`file:${folder}/token`)).toBe('three');
  });

  test('that leads nowhere is told by its name', () => {
    writeFileSync(join(folder, 'empty'), '\n');
    process.env['RINGTHROUGH_TEST_EMPTY'] = '';
    for (const reference of ['env:RINGTHROUGH_NOTHING', 'env:RINGTHROUGH_TEST_EMPTY', 'env:', 'env:__proto__', 'env:toString', `file:${folder}/empty`, `file:${folder}/nothing`, `file:${folder}`, 'file:', 'file:\u0000']) {
      expect(() => box.open(reference), reference).toThrow(expect.objectContaining({ code: 'carrier_secret_missing', message: `${reference} leads to no secret` }));
    }
    delete process.env['RINGTHROUGH_TEST_EMPTY'];
  });
});

describe("the installation's key", () => {
  test('is the one that is given, else made once and kept where only its owner reads it', () => {
    const dataDir = join(folder, 'data', 'deep');
    expect(installationKey(KEY, dataDir, random)).toBe(KEY);
    const made = installationKey(undefined, dataDir, random);
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    expect(installationKey(undefined, dataDir, random)).toBe(made);
    expect(readFileSync(join(dataDir, 'secret.key'), 'utf8')).toBe(made);
    expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(installationKey(KEY, dataDir, random)).toBe(KEY);
    // As a careless copy leaves it.
    chmodSync(join(dataDir, 'secret.key'), 0o644);
    expect(installationKey(undefined, dataDir, random)).toBe(made);
    expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
  });

  test('that is no key stops the start, instead of being replaced', () => {
    for (const content of ['', 'short', 'g'.repeat(64)]) {
      const dataDir = mkdtempSync(join(folder, 'bad-'));
      writeFileSync(join(dataDir, 'secret.key'), content);
      expect(() => installationKey(undefined, dataDir, random)).toThrow(/secret\.key does not hold 64 hexadecimal digits/);
      expect(readFileSync(join(dataDir, 'secret.key'), 'utf8')).toBe(content);
    }
  });
});
