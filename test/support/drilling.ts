/** What services need that make the calls of drills within a test: limits that do not slow it down, and rounds that come ten times as often. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { realSystem } from '../../src/system/system.ts';
import type { StartOptions } from './service.ts';
import type { TestRedis } from './redis.ts';

export async function drilling({ dir }: Pick<TestRedis, 'dir'>, limits = 'everySeconds: 0, atOnce: 2, mostCalls: 5'): Promise<Pick<StartOptions, 'system' | 'settings'>> {
  const file = join(dir, 'policy.yaml');
  await writeFile(file, `drills: {${limits}}\n`);
  const { timers } = realSystem;
  // What the go-bag asks the carriers for, in between, would meet the faults that are meant for calls.
  return { system: { timers: { ...timers, every: (ms, task) => timers.every(Math.max(20, ms / 10), task) } }, settings: { POLICY_FILE: file, GOBAG_SECONDS: 86_400 } };
}
