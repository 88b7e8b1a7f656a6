/** Runs the background workers alone, beside services that run with WORKERS=off. */
import closeWithGrace from 'close-with-grace';
import { createDestinationJudge } from '../src/calls/destination-judge.ts';
import { createTableHolder } from '../src/calls/table-holder.ts';
import { createCarrierApis } from '../src/carriers/carrier-apis.ts';
import { openPolicyFile } from '../src/config/policy-file.ts';
import { publicBaseUrlOf } from '../src/config/public-base-url.ts';
import { sightOf } from '../src/diversion/unit-facts.ts';
import { createSecretBox, installationKey } from '../src/config/secrets.ts';
import { BAD_SETTINGS, settingsOrExit } from '../src/config/settings-or-exit.ts';
import { summarise } from '../src/config/settings.ts';
import { createLog, createLogOutput } from '../src/operations/log.ts';
import { createBackgroundConnection, createFastConnection, createReaderConnection } from '../src/store/connections.ts';
import { createFollower } from '../src/store/follower.ts';
import { replicasWanted } from '../src/store/redis-place.ts';
import { createConfirmed } from '../src/store/replica-wait.ts';
import { createSenders } from '../src/telling/senders.ts';
import { knownFrom } from '../src/telling/telling.ts';
import { realSystem } from '../src/system/system.ts';
import { createWorkers } from './workers.ts';

// Whatever is kept is nobody else's to read.
process.umask(0o077);
const settings = settingsOrExit();
const output = createLogOutput();
const log = createLog(settings.LOG_LEVEL, output);
if (settings.REDIS_URL === undefined) {
  process.stderr.write('The workers need REDIS_URL: the Redis of the services that they work for.\n');
  process.exit(BAD_SETTINGS);
}
log.info({ settings: summarise(settings) }, 'starting the workers');
const policyFile = openPolicyFile({ file: settings.POLICY_FILE, dataDir: settings.DATA_DIR, log, timers: realSystem.timers });
const target = { url: settings.REDIS_URL, onError: (error: Error) => log.debug({ err: error }, 'a Redis connection met an error') };
const fast = createFastConnection(target);
const background = createBackgroundConnection(target);
const confirmed = createConfirmed(fast, settings.REDIS_WAIT_REPLICAS ?? replicasWanted(settings.REDIS_URL));
const policy = () => policyFile.current.destinations;
const tables = createTableHolder();
const follower = createFollower({ redis: createReaderConnection(target), table: tables, log, system: realSystem });
const judge = createDestinationJudge(policy);
policyFile.events.on('changed', judge.forget);
const secrets = createSecretBox(installationKey(settings.SECRET_KEY, settings.DATA_DIR, realSystem.random), realSystem.random, { otherHex: settings.SECRET_KEY_OTHER, dataDir: settings.DATA_DIR });
const apis = createCarrierApis({ secrets, now: realSystem.clock.now });
const senders = createSenders({ secrets, settings, apis, ...knownFrom(tables), clock: realSystem.clock });
const sight = sightOf(tables, judge, { baseUrl: publicBaseUrlOf(settings), fallbackBaseUrl: settings.FALLBACK_BASE_URL });
const workers = createWorkers({ fast, background, confirmed, settings, policy, drillPolicy: () => policyFile.current.drills, policyEvents: policyFile.events, follower, sight, tables, secrets, publicBaseUrl: publicBaseUrlOf(settings), apis, senders, countMessage: () => undefined, countTest: () => undefined, countOwed: () => undefined, log, system: realSystem, load: { level: 0 } });
void follower.start();
workers.start();

closeWithGrace({ delay: settings.SHUTDOWN_SECONDS * 1000, logger: false }, async ({ signal, err }) => {
  if (err) log.fatal({ err }, 'an error that nobody expected ends the workers');
  else log.info({ signal }, 'stopping: the work in hand is finished first');
  policyFile.close();
  await workers.close();
  senders.close();
  apis.close();
  await follower.stop();
  fast.disconnect();
  background.disconnect();
  log.info('stopped');
  await output.taken(realSystem.timers.after);
});
