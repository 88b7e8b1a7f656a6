/** The units of systemd: that they start what the build makes with settings that exist, and give it nothing that it has no need of. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BAD_SETTINGS } from '../../src/config/settings-or-exit.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { filesOf, read, ROOT } from '../support/tree.ts';

const UNITS = filesOf('deploy', '.service');

/** Every value of each directive, in order. */
function directives(unit: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, name = '', value = ''] of read(unit).matchAll(/^([A-Z]\w+)=(.*)$/gm)) found.set(name, [...(found.get(name) ?? []), value]);
  return found;
}

const HARDENING: Readonly<Record<string, readonly string[]>> = {
  DynamicUser: ['yes'], UMask: ['0077'], NoNewPrivileges: ['yes'], CapabilityBoundingSet: [''], AmbientCapabilities: [''], ProtectSystem: ['strict'], ProtectHome: ['yes'], PrivateTmp: ['yes'],
  PrivateDevices: ['yes'], PrivateUsers: ['yes'], ProtectClock: ['yes'], ProtectControlGroups: ['yes'], ProtectHostname: ['yes'], ProtectKernelLogs: ['yes'], ProtectKernelModules: ['yes'],
  ProtectKernelTunables: ['yes'], ProtectProc: ['invisible'], RestrictAddressFamilies: ['AF_UNIX AF_INET AF_INET6 AF_NETLINK'], RestrictNamespaces: ['yes'], RestrictRealtime: ['yes'],
  RestrictSUIDSGID: ['yes'], LockPersonality: ['yes'], RemoveIPC: ['yes'], SystemCallArchitectures: ['native'], SystemCallFilter: ['@system-service', '~@privileged'], StateDirectoryMode: ['0700'],
  // What V8 is: without it there is no compiler.
  MemoryDenyWriteExecute: ['no'],
};

test('there is one for the service and one for the workers', () => {
  expect(UNITS).toEqual(['deploy/ringthrough-workers.service', 'deploy/ringthrough.service']);
});

describe.each(UNITS)('%s', (unit) => {
  const has = directives(unit);

  test('takes away all that is not needed', () => {
    for (const [name, values] of Object.entries(HARDENING)) expect(has.get(name), name).toEqual(values);
  });

  test('starts a program that the build makes, with settings that exist, in a folder that is its own', () => {
    const program = has.get('ExecStart')?.[0]?.split(' ').at(-1) ?? '';
    expect(filesOf('src').concat(filesOf('workers'))).toContain(program.replace(/^dist\/(.*)\.js$/, '$1.ts'));
    const environment = Object.fromEntries((has.get('Environment') ?? []).flatMap((line) => line.split(' ')).map((pair) => pair.split('=') as [string, string]));
    for (const name of Object.keys(environment)) if (name !== 'NODE_ENV') expect(SETTINGS).toHaveProperty(name);
    expect(environment['DATA_DIR']).toBe(`/var/lib/${has.get('StateDirectory')?.[0]}`);
  });

  test('is started again, but not with settings that are wrong, and has time to stop', () => {
    expect(has.get('Restart')).toEqual(['always']);
    expect(has.get('RestartPreventExitStatus')).toEqual([String(BAD_SETTINGS)]);
    expect(Number(has.get('TimeoutStopSec')?.[0])).toBeGreaterThan(SETTINGS.SHUTDOWN_SECONDS.default);
  });
});

// Where there is systemd, it is asked itself; where there is none, what stands above is what is known.
const folder = mkdtempSync(join(tmpdir(), 'rt-units-'));
afterAll(() => rmSync(folder, { recursive: true }));

function asksSystemd(): boolean {
  const { status, stdout } = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
  // `--offline` is from 250 on.
  return status === 0 && Number(/^systemd (\d+)/.exec(stdout)?.[1]) >= 250;
}

test('systemd itself finds no fault in them, and little that they leave open', () => {
  if (!asksSystemd()) return;
  for (const unit of UNITS) {
    // It wants the program to be there.
    const copy = join(folder, unit.replace('deploy/', ''));
    copyFileSync(join(ROOT, unit), copy);
    const program = join(folder, 'node');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    writeFileSync(copy, readFileSync(copy, 'utf8').replace('/usr/bin/node', program));
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', copy], { encoding: 'utf8' });
    expect([verified.status, verified.stderr]).toEqual([0, '']);
    // Of 100; a service that says nothing of itself has 96.
    execFileSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', copy], { stdio: 'ignore' });
  }
});
