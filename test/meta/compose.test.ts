/** docker-compose.yml and the Dockerfile, as far as they can be checked without an engine: that they name what the build and the settings really have. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  tmpfs?: string[];
  privileged?: boolean;
  image: string;
  build?: string;
  command: string[];
  environment?: Record<string, string>;
  restart: string;
  stop_grace_period: string;
  healthcheck: { test?: string[]; disable?: boolean };
  volumes: string[];
  depends_on?: Record<string, { condition: string }>;
  ports?: string[];
}
interface Compose {
  services: Record<'service' | 'workers' | 'redis', Service>;
  volumes: Record<string, unknown>;
}

const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const ours = [services.service, services.workers];
const dockerfile = read('Dockerfile').split('\n');

/** The source of a program that the build puts into dist/, or the program itself where the image has it from elsewhere. */
function sourceOf(program: string): string {
  return program.startsWith('dist/') ? program.replace(/^dist\/(.*)\.js$/, '$1.ts') : program;
}

test('there are the service, the workers and Redis, each started again when it ends', () => {
  expect(Object.keys(services).toSorted()).toEqual(['redis', 'service', 'workers']);
  for (const service of Object.values(services)) expect(service.restart).toBe('unless-stopped');
});

test('every variable given to our processes is a setting, and none is set twice to differ', () => {
  for (const { environment = {} } of ours) for (const name of Object.keys(environment)) expect(SETTINGS).toHaveProperty(name);
  expect(services.service.environment?.['WORKERS']).toBe('off');
  for (const name of ['REDIS_URL', 'SECRET_KEY']) expect(services.workers.environment?.[name]).toBe(services.service.environment?.[name]);
});

test('secrets come from the environment, and those that must be there are insisted on', () => {
  for (const { environment = {} } of ours) {
    for (const [name, value] of Object.entries(environment)) {
      const setting = SETTINGS[name as keyof typeof SETTINGS];
      if ('secret' in setting) expect(value).toMatch(name === 'RINGTHROUGH_ADMIN_KEY' ? /^\$\{\w+:-\}$/ : /\$\{\w+:\?[^}]+\}/);
    }
  }
});

test('commands start programs that the build makes', () => {
  const commands = [...ours.map(({ command }) => command), JSON.parse(dockerfile.find((line) => line.startsWith('CMD '))?.slice(4) ?? '[]') as string[]];
  for (const command of commands) {
    expect(command[0]).toBe('node');
    expect(existsSync(join(ROOT, sourceOf(command.at(-1) ?? ''))), command.join(' ')).toBe(true);
  }
});

test('each process has its own data folder on a volume, where DATA_DIR points', () => {
  const mounts = Object.values(services).flatMap((service) => service.volumes);
  expect(new Set(mounts).size).toBe(3);
  for (const mount of mounts) expect(volumes).toHaveProperty(mount.split(':')[0] ?? '');
  for (const { environment, volumes: [mount = ''] } of ours) expect(mount.split(':')[1]).toBe(environment?.['DATA_DIR']);
});

test('a stop leaves time to finish what is in flight', () => {
  for (const service of ours) expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(SETTINGS.SHUTDOWN_SECONDS.default);
});

test('Redis is durable, never evicts, asks for a password, and is reached from inside only', () => {
  const { command, ports } = services.redis;
  const option = (name: string) => command[command.indexOf(`--${name}`) + 1];
  expect({ appendonly: option('appendonly'), appendfsync: option('appendfsync'), policy: option('maxmemory-policy'), truncated: option('aof-load-truncated'), save: option('save') })
    .toEqual({ appendonly: 'yes', appendfsync: 'always', policy: 'noeviction', truncated: 'yes', save: '' });
  expect(option('requirepass')).toMatch(/^\$\{REDIS_PASSWORD:\?/);
  expect(ports).toBeUndefined();
});

test('nothing runs as root, may become it, has a capability, or writes beside its volume', () => {
  for (const service of Object.values(services)) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], tmpfs: ['/tmp'] });
    expect(service.privileged).toBeUndefined();
  }
  // Ours are what the Dockerfile says.
  expect([services.redis.user, ...ours.map(({ user }) => user)]).toEqual(['redis', undefined, undefined]);
  expect(dockerfile.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  expect(dockerfile.findIndex((line) => line === 'USER node')).toBeLessThan(dockerfile.findIndex((line) => line.startsWith('CMD ')));
});

test('health is checked where there is something to ask, on the port that is published', () => {
  expect(services.redis.healthcheck.test?.join(' ')).toContain('redis-cli ping');
  const { environment, healthcheck, ports } = services.service;
  expect(healthcheck.test?.join(' ')).toContain(`http://127.0.0.1:${environment?.['PORT']}/healthz`);
  expect(ports?.[0]?.split(':').at(-1)).toBe(environment?.['PORT']);
  expect(dockerfile).toContain(`EXPOSE ${environment?.['PORT']}`);
  for (const service of ours) expect(service.depends_on).toEqual({ redis: { condition: 'service_healthy' } });
});

test('the Dockerfile copies what exists and all that the build reads, and runs as an ordinary user without Redis', () => {
  const copied = dockerfile.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) => line.split(' ').slice(1, -1));
  for (const path of copied) expect(existsSync(join(ROOT, path)), path).toBe(true);
  const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
  expect(copied).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts', ...include.map((path) => path.split('/')[0])]));
  expect(dockerfile).toContain('USER node');
  expect(dockerfile.filter((line) => /^(RUN|COPY).*redis/.test(line))).toEqual([]);
});

test('the image has the Node that CI tests with', () => {
  const major = /^NODE_LTS=(\d+)$/m.exec(read('.ci/run'))?.[1];
  const bases = dockerfile.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);
  expect(major).toBeDefined();
  expect(new Set(bases)).toEqual(new Set([`node:${major}-bookworm-slim`]));
});

test('the service is run with the same options of Node however it is started', () => {
  const optionsIn = (text: string): string[] => /node"?,?\s(.*?)[\s"',]*dist\/src\/server\.js/.exec(text)?.[1]?.match(/--[\w=-]+/g) ?? [];
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const given = [scripts['start'] ?? '', read('Dockerfile'), services.service.command.join(' '), read('deploy/ringthrough.service')].map(optionsIn);
  for (const options of given) expect(options).toEqual(['--enable-source-maps', '--max-semi-space-size=32', '--no-allocation-site-pretenuring']);
});
