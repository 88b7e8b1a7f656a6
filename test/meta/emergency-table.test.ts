/** rules/emergency-table.ts is what scripts/emergency-table.mjs makes of the metadata that is installed, and what Google's own code says. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgeDestination } from '../../rules/destination-policy.ts';
import { EMERGENCY_NUMBERS } from '../../rules/emergency-table.ts';
import { shippedPolicy } from '../../src/config/policy-file.ts';
import { callingCodeOf } from '../../src/domain/phone-number.ts';
import { read, ROOT } from '../support/tree.ts';

interface ShortNumberInfo {
  getSupportedRegions(): Set<string>;
  isEmergencyNumber(number: string, region: string): boolean;
  getExampleShortNumber(region: string): string;
}
const google = createRequire(import.meta.url)('google-libphonenumber') as { ShortNumberInfo: { getInstance(): ShortNumberInfo } };
const info = google.ShortNumberInfo.getInstance();
const { destinations: policy } = shippedPolicy();

test('the table is up to date', () => {
  const made = spawnSync(process.execPath, [join(ROOT, 'scripts/emergency-table.mjs')], { encoding: 'utf8' });
  expect(made.stdout, 'run node scripts/emergency-table.mjs > rules/emergency-table.ts').toBe(read('rules/emergency-table.ts'));
});

test('every country that has emergency numbers is in it, and each is one', () => {
  // Guinea has short numbers, and none of them is known to be for emergencies.
  const countries = [...info.getSupportedRegions()].filter((country) => country !== 'GN');
  expect(countries.length).toBeGreaterThan(230);
  expect(EMERGENCY_NUMBERS).not.toHaveProperty('GN');
  const wrong = countries.flatMap((country) => (EMERGENCY_NUMBERS[country] ?? 'none').split(' ').filter((number) => !info.isEmergencyNumber(number, country)).map((number) => `${country} ${number}`));
  expect(wrong).toEqual([]);
});

test('emergency numbers and other short numbers of every country are refused behind its country code and over SIP', () => {
  const reachable: string[] = [];
  for (const country of info.getSupportedRegions()) {
    const code = callingCodeOf(country);
    if (code === undefined) continue;
    const emergency = EMERGENCY_NUMBERS[country]?.split(' ') ?? [];
    for (const number of emergency) {
      for (const to of [`+${code}${number}`, `sip:${number}@gw.example.net`, `sip:+${code}${number}@gw.example.net`, `sip:00${code}${number}@gw.example.net`, `sip:9011${code}${number}@gw.example.net`]) {
        if (judgeDestination(to, [country], policy)?.rule !== 'emergency') reachable.push(`${country} ${to}`);
      }
    }
    const short = info.getExampleShortNumber(country);
    if (short !== '' && judgeDestination(`+${code}${short}`, [country], policy) === undefined) reachable.push(`${country} +${code}${short}`);
  }
  expect(reachable).toEqual([]);
});
