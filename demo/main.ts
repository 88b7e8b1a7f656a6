/** `npm run demo`: plays an outage through the real service between a stand-in carrier and a stand-in PBX, and says what happens. */
import { parseArgs } from 'node:util';
import { playOutage } from './outage.ts';
import { setStage } from './stage.ts';
import { createTeller } from './tell.ts';
import { giveVerdict } from './verdict.ts';

const USAGE = `Plays an outage, in a throw-away folder, and prints what happens.
Usage: npm run demo -- [--speed N] [--log FILE]
  --speed N   N times as fast as the minute that it takes otherwise, 1 to 10
  --log FILE  keeps the log of the service in a file
`;

/** The telephone network's time against real time: a phone that rings for 20 s does so for half a second. */
const TIME_SCALE = 40;
const FASTEST_TIME_SCALE = 120;

function optionsOrExit(): { speed: number; logFile: string | undefined } {
  try {
    const { values } = parseArgs({ options: { speed: { type: 'string', default: '1' }, log: { type: 'string' }, help: { type: 'boolean' } } });
    const speed = Number(values.speed);
    if (!values.help && speed >= 1 && speed <= 10) return { speed, logFile: values.log };
    process.stdout.write(USAGE);
    process.exit(values.help ? 0 : 2);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exit(2);
  }
}

const { speed, logFile } = optionsOrExit();
const toClose: (() => Promise<unknown>)[] = [];
let closing: Promise<void> | undefined;

/** What was opened last is closed first; one that fails keeps none of the others open. */
function closeAll(): Promise<void> {
  closing ??= (async () => {
    for (const close of toClose.toReversed()) await close().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  })();
  return closing;
}

const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
for (const [signal, code] of Object.entries(INTERRUPTED)) {
  process.on(signal, () => void stop(code));
}

async function stop(code: number): Promise<void> {
  if (closing) return;
  process.stderr.write('\nStopped: putting everything away.\n');
  await closeAll();
  process.exit(code);
}

async function main(): Promise<boolean> {
  const tell = createTeller((text) => void process.stdout.write(text), process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
  const start = performance.now();
  tell.title('Ringthrough: an outage of a phone system, in a minute');
  tell.line('  Real: the service, its Redis, signed webhooks over HTTP, SIP over UDP. Stand-ins: the carrier (Twilio), the PBX, the phones and their people.');
  tell.phase('Setting the stage', 'In a folder that is thrown away afterwards:');
  const stage = await setStage({ timeScale: Math.min(FASTEST_TIME_SCALE, TIME_SCALE * speed), logFile, opened: (close) => toClose.push(close) });
  tell.fact('service', `at ${stage.url}, with its own redis-server, data in ${stage.folder}`);
  const played = await playOutage(stage, tell, speed);
  const fine = await giveVerdict(stage.api, played, tell);
  tell.line(`\n${fine ? 'All as it must be' : 'NOT as it must be'}, after ${Math.round((performance.now() - start) / 1000)} s. Next: README.md, "The first real carrier".`);
  return fine;
}

async function fail(error: unknown): Promise<void> {
  // What was interrupted fails too, and has been told of.
  if (closing) return;
  process.stderr.write(`The demo failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  await closeAll();
  process.exit(1);
}
process.on('unhandledRejection', (error) => void fail(error));
process.on('uncaughtException', (error) => void fail(error));

const fine = await main();
await closeAll();
process.exitCode = fine ? 0 : 1;
