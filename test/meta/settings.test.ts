/** The settings, their page and their example are the same; what is wrong with an environment is said all at once, by name. */
import { expect, test } from 'vitest';
import { readSettings, SETTINGS, SettingsFault, summarise } from '../../src/config/settings.ts';
import { read, tableOf } from '../support/tree.ts';

type Setting = { about: string; secret?: true } & ({ kind: 'text'; default?: string; expects?: string } | { kind: 'integer'; default: number; min: number; max: number } | { kind: 'choice'; default: string; of: readonly string[] });
const settings = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting][];

function formOf(setting: Setting): string {
  if (setting.kind === 'integer') return `${setting.min} to ${setting.max}`;
  return setting.kind === 'choice' ? setting.of.map((one) => `\`${one}\``).join(', ') : (setting.expects ?? 'text');
}

test('docs/settings.md has one row a setting, as the schema says it', () => {
  const rows = settings.map(([name, setting]) => [`\`${name}\``, setting.default === undefined ? '–' : `\`${setting.default}\``, formOf(setting), setting.about, setting.secret ? 'yes' : '']);
  expect(tableOf(read('docs/settings.md'), 'setting')).toEqual(rows);
});

test('.env.example has every setting, commented out, with its default', () => {
  const lines = read('.env.example').split('\n').filter((line) => /^#?[A-Z_]+=/.test(line));
  expect(lines).toEqual(settings.map(([name, setting]) => `#${name}=${setting.default ?? ''}`));
});

test('what .env.example says of a setting is what the schema says', () => {
  const page = read('.env.example');
  for (const [name, { about }] of settings) expect(page).toContain(`# ${about}\n#${name}=`);
});

test('defaults are the values of an empty environment, and empty counts as not set', () => {
  const empty = readSettings(Object.fromEntries(settings.map(([name]) => [name, ' '])));
  expect(empty).toEqual(readSettings({}));
  for (const [name, setting] of settings) if (name !== 'DATA_DIR') expect(empty[name], name).toEqual(setting.default);
});

const WRONG: Readonly<Record<string, string>> = { HOST: '', TLS_CERT_FILE: '', TLS_KEY_FILE: '', POLICY_FILE: '', REDIS_SERVER_BIN: '', DATA_DIR: '', REDIS_URL: 'http://user:pass@redis', PUBLIC_BASE_URL: 'https://calls.example.net/path', FALLBACK_BASE_URL: 'calls.example.net' };
const breakable = settings.filter(([name]) => WRONG[name] !== '');
const wrong = (name: string): string => WRONG[name] ?? 'not right';

test.each(breakable)('%s broken: refused by name, the value kept quiet', (name) => {
  const faultsOf = (): readonly string[] => {
    try {
      readSettings({ [name]: wrong(name) });
    } catch (error) {
      if (error instanceof SettingsFault) return error.faults;
    }
    return [];
  };
  const faults = faultsOf();
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name} must be `))]);
  expect(faults.join()).not.toContain(wrong(name));
});

test('all faults are told at once', () => {
  expect(() => readSettings(Object.fromEntries(breakable.map(([name]) => [name, wrong(name)])))).toThrow(new RegExp(breakable.map(([name]) => name).join('[\\s\\S]*')));
});

test('the summary for the log never holds a secret', () => {
  const secrets = { REDIS_URL: 'redis://:hidden@redis:6379', RINGTHROUGH_ADMIN_KEY: 'hidden-hidden-hidden-hidden', SECRET_KEY: '5e'.repeat(32), SECRET_KEY_OTHER: '5e'.repeat(32), SMTP_URL: 'smtp://us:hidden@mail.example.net:587', SMTP_FROM: 'us@example.net' };
  const summary = summarise(readSettings(secrets));
  for (const [name, setting] of settings) if (setting.secret) expect(summary[name]).toBe('set');
  expect(JSON.stringify(summary)).not.toMatch(/hidden|5e5e/);
});
