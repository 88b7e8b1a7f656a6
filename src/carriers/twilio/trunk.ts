/**
 * An Elastic SIP trunk as flat fields (https://www.twilio.com/docs/sip-trunking/api): its disaster recovery, and each origination URL
 * under its SID. One origination URL is ours, known by its name: it is made when it is set and removed when it is set to nothing.
 */
import type twilio from 'twilio';
import { Failure } from '../../domain/errors.ts';
import type { Routing } from '../api.ts';
import { byUrl, ORIGINATION, OURS, trunkWrites, type Posted } from './requests.ts';

type Client = InstanceType<typeof twilio.Twilio>;

/** Before all that people set (10 when they say nothing); 0 stays free for who must go before us. */
const OUR_PRIORITY = 1;
const OUR_WEIGHT = 10;
const MOST_URLS = 200;

interface OriginationUrl {
  sid: string;
  friendlyName: string;
  sipUrl: string;
  priority: number;
  weight: number;
  enabled: boolean;
}

const isOurs = ({ friendlyName }: OriginationUrl): boolean => friendlyName === OURS;

async function originationUrls(client: Client, trunk: string): Promise<OriginationUrl[]> {
  const urls = await client.trunking.v1.trunks(trunk).originationUrls.list({ limit: MOST_URLS });
  if (urls.some(({ sid, sipUrl, enabled }) => typeof sid !== 'string' || typeof sipUrl !== 'string' || typeof enabled !== 'boolean')) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
  return urls;
}

function fieldsOf(url: OriginationUrl): [string, string][] {
  const { sipUrl, enabled, priority, weight, sid } = url;
  if (isOurs(url)) return [[`${ORIGINATION}${OURS}.sipUrl`, sipUrl], [`${ORIGINATION}${OURS}.enabled`, String(enabled)]];
  const name = `${ORIGINATION}${sid}`;
  return [[`${name}.sipUrl`, sipUrl], [`${name}.enabled`, String(enabled)], [`${name}.priority`, String(priority)], [`${name}.weight`, String(weight)]];
}

export async function readTrunk(client: Client, ref: string): Promise<Routing> {
  const trunk = await client.trunking.v1.trunks(ref).fetch();
  if (trunk.sid !== ref) throw new Failure('carrier_unavailable', 'Twilio gave no usable answer');
  const { disasterRecoveryUrl, disasterRecoveryMethod } = trunk as { disasterRecoveryUrl: string | null; disasterRecoveryMethod: string | null };
  const none = [[`${ORIGINATION}${OURS}.sipUrl`, ''], [`${ORIGINATION}${OURS}.enabled`, '']];
  return {
    disasterRecoveryUrl: disasterRecoveryUrl ?? '',
    disasterRecoveryMethod: disasterRecoveryMethod ?? '',
    ...Object.fromEntries([...none, ...(await originationUrls(client, ref)).flatMap(fieldsOf)]) as Routing,
  };
}

/** Ours: made, changed or removed, whatever is there of it already. */
async function setOurs(client: Client, trunk: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const { originationUrls: urls } = client.trunking.v1.trunks(trunk);
  const [held, ...doubles] = (await originationUrls(client, trunk)).filter(isOurs);
  for (const { sid } of doubles) await urls(sid).remove();
  const { sipUrl = held?.sipUrl ?? '' } = fields;
  const enabled = (fields['enabled'] ?? 'true') === 'true';
  if (sipUrl === '') {
    if (held) await urls(held.sid).remove();
    return;
  }
  if (held) await urls(held.sid).update({ sipUrl, enabled });
  else await urls.create({ friendlyName: OURS, sipUrl, enabled, priority: OUR_PRIORITY, weight: OUR_WEIGHT });
}

/** A request for the trunk itself and one for each origination URL, in the order of the fields. */
export async function setTrunk(client: Client, post: (write: Posted) => Promise<void>, ref: string, fields: Routing): Promise<void> {
  for (const write of trunkWrites(ref, fields)) await post(write);
  const ours = byUrl(fields).get(OURS);
  if (ours) await setOurs(client, ref, ours);
}
