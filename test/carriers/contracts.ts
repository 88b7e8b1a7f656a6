/** One line for each kind of carrier: how its requests are made, for the contract suite; undefined where it asks nobody. */
import type { CarrierKind } from '../../src/domain/carrier.ts';
import { bandwidthFixture } from './bandwidth/fixture.ts';
import type { DialectFixture } from './contract.ts';
import { plivoFixture } from './plivo/fixture.ts';
import { signalwireFixture } from './signalwire/fixture.ts';
import { telnyxFixture } from './telnyx/fixture.ts';
import { twilioFixture } from './twilio/fixture.ts';
import { vonageFixture } from './vonage/fixture.ts';

export const CONTRACTS: Readonly<Record<CarrierKind, DialectFixture | undefined>> = {
  bandwidth: bandwidthFixture,
  flowroute: undefined,
  http: undefined,
  plivo: plivoFixture,
  signalwire: signalwireFixture,
  telnyx: telnyxFixture,
  twilio: twilioFixture,
  voipms: undefined,
  vonage: vonageFixture,
};
