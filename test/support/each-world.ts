/** A throw-away Redis for a test file, and a fresh world on it for each of its tests. */
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startTestRedis, type TestRedis } from './redis.ts';
import { openWorld, type World } from './world.ts';

export interface Here {
  readonly server: TestRedis;
  readonly world: World;
}

/** Registers the hooks; `prepare` puts in what every test of the file begins with. */
export function eachWorld(prepare: (world: World) => Promise<void> = () => Promise.resolve()): Here {
  let server: TestRedis | undefined;
  let world: World | undefined;
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    await server?.flush();
    world = await openWorld(server?.url ?? '');
    await prepare(world);
  });
  afterEach(() => world?.close());
  const here = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('there is no world outside a test');
    return part;
  };
  return {
    get server() {
      return here(server);
    },
    get world() {
      return here(world);
    },
  };
}
