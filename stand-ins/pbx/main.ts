/**
 * The stand-in PBX as a process of its own, so that it can be killed. Its one argument, if any, is a JSON object
 * `{"port","behaviour","answerAfterMs","talkMs"}`. It prints one JSON line `{"port":…}` when ready and one
 * `{"call":{…}}` for each call; takes `{"behaviour":"…"}` lines on stdin, each confirmed by a line
 * `{"behaviour":"…"}`; ends when stdin closes.
 */
import { createInterface } from 'node:readline';
import { createPbx, PBX_BEHAVIOURS, type PbxBehaviour, type PbxOptions } from './pbx.ts';

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function behaviourIn(line: string): PbxBehaviour | undefined {
  try {
    const { behaviour } = JSON.parse(line) as { behaviour?: unknown };
    return PBX_BEHAVIOURS.find((known) => known === behaviour);
  } catch {
    return undefined;
  }
}

const options = JSON.parse(process.argv[2] ?? '{}') as Pick<PbxOptions, 'port' | 'behaviour' | 'answerAfterMs' | 'talkMs'>;
const pbx = await createPbx({ ...options, onCall: (call) => say({ call }) });
say({ port: pbx.port });
for await (const line of createInterface({ input: process.stdin })) {
  const behaviour = behaviourIn(line);
  if (behaviour) pbx.setBehaviour(behaviour);
  say(behaviour ? { behaviour } : { error: 'Not a behaviour', line });
}
await pbx.close();
