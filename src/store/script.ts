/**
 * Runs the Lua scripts of src/store/commands/. A script's file name ends in the number of its fixed keys; its
 * header is its contract. Any script may take more keys after the fixed ones. What several share stands in `commands/lib/`: a line `library: NAME` in the
 * header puts it before the script.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export interface Script<Reply> {
  run(redis: Redis, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply>;
}

/** What Redis is given: the script, its library before it. */
export function scriptSource(name: string): string {
  const text = (file: string): string => readFileSync(new URL(`./commands/${file}.lua`, import.meta.url), 'utf8');
  const script = text(name);
  const [, library] = /^library: (\S+)$/m.exec(script) ?? [];
  return library === undefined ? script : text(`lib/${library}`) + script;
}

/** `name` is the file's name without `.lua`, e.g. `commit-7`. */
export function loadScript<Reply>(name: string): Script<Reply> {
  const source = scriptSource(name);
  const sha = createHash('sha1').update(source).digest('hex');
  return {
    async run(redis, keys, args) {
      try {
        return (await redis.evalsha(sha, keys.length, ...keys, ...args)) as Reply;
      } catch (error) {
        // Redis was restarted, or is new: scripts are not persisted. NOSCRIPT means that nothing was run.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return (await redis.eval(source, keys.length, ...keys, ...args)) as Reply;
      }
    },
  };
}
