/** The step that finds a redis-server, or has the system's package manager install one. */
import { existsSync } from 'node:fs';
import { installPackage, outputOf, rootPrefix, succeeds, succeedsQuietly, SetupFault } from './shared.mjs';

const MIN_REDIS = [6, 2];
const DEBIAN_BINARY = '/usr/bin/redis-server';

const WAYS = `Ways to give one:
  - use a Redis that runs elsewhere (for npm start only): REDIS_URL=redis://host:6379 npm start
  - name a redis-server: REDIS_SERVER_BIN=/path/to/redis-server
  - on Debian or Ubuntu: apt-get install redis-server   (older releases: from https://packages.redis.io)
  - on macOS: brew install redis
  - run it all in containers: docker compose up`;

export function createRedisStep({ env, say }) {
  const binary = env.REDIS_SERVER_BIN || 'redis-server';
  return {
    done: () => isRecent(versionOf(binary)),
    run() {
      const wanted = `redis-server ${MIN_REDIS.join('.')} or newer`;
      if (env.REDIS_SERVER_BIN) throw new SetupFault(`REDIS_SERVER_BIN does not lead to a ${wanted}${found(binary)}.\n${WAYS}`);
      const installed = installWithApt(say) || installWithBrew(say);
      if (installed && isRecent(versionOf(binary))) return;
      throw new SetupFault(`A ${wanted} is needed${found(binary)}.\n${WAYS}`);
    },
  };
}

/** `[major, minor]`, or undefined when there is none that runs. */
function versionOf(binary) {
  const match = /\bv=(\d+)\.(\d+)/.exec(outputOf(binary, ['--version']) ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

function isRecent(version) {
  if (!version) return false;
  return version[0] > MIN_REDIS[0] || (version[0] === MIN_REDIS[0] && version[1] >= MIN_REDIS[1]);
}

function found(binary) {
  const version = versionOf(binary);
  return version ? `; ${binary} is ${version.join('.')}` : '; none was found';
}

function installWithApt(say) {
  const wasThere = existsSync(DEBIAN_BINARY);
  // Should its own service fail to start, say because the port is taken, the package counts as broken and yet is all we need.
  if (!installPackage('redis-server', say) || !existsSync(DEBIAN_BINARY)) return false;
  if (!wasThere) endSystemService(rootPrefix(), say);
  return true;
}

/** Debian's package starts a redis-server of the system and enables it at boot. Nobody asked for that one: ours runs on our own data. */
function endSystemService(asRoot, say) {
  const [program, ...prefix] = [...asRoot, 'env'];
  const asSystem = (...args) => succeeds(program, [...prefix, ...args], { stdio: 'ignore' });
  const ended = existsSync('/run/systemd/system')
    ? asSystem('systemctl', 'disable', '--now', 'redis-server.service')
    : asSystem('service', 'redis-server', 'stop') && asSystem('update-rc.d', 'redis-server', 'disable');
  if (ended) say('Turned off the system service that came with it; Ringthrough starts its own redis-server');
}

function installWithBrew(say) {
  if (outputOf('brew', ['--version']) === undefined) return false;
  say('Installing redis with brew');
  return succeedsQuietly('brew', ['install', '--quiet', 'redis']);
}
