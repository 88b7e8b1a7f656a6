/** A number at Bandwidth's stand-in, for what holds at every carrier. */
import * as fc from 'fast-check';
import { createBandwidthApi } from '../../../src/carriers/bandwidth/api.ts';
import { bandwidthRouting } from '../../../src/carriers/bandwidth/routing.ts';
import { createBandwidth } from '../../../stand-ins/bandwidth/bandwidth.ts';
import type { Options } from '../../../stand-ins/bandwidth/book.ts';
import { MOST_OF_A_PAGE, PATIENCE_MS, type RoutingFixture } from '../routing-contract.ts';

const TN = '2052160156';
const number = fc.constantFrom('7042661720', '3332221111', '9195551234');

export const bandwidthRoutingFixture: RoutingFixture<Options> = {
  routing: bandwidthRouting,
  originals: fc.record({ CallForward: fc.oneof(fc.constant(''), number), FinalDestinationURI: fc.oneof(fc.constant(''), number, fc.constantFrom('12345678901@192.0.2.4:5060', 'desk@192.0.2.5')) }),
  targets: number.map((digits) => ({ kind: 'phone', number: `+1${digits}` }) as const),
  async open() {
    const account = { accountId: '9900012', username: 'api-user', password: 'a-password-of-the-test' };
    const bandwidth = await createBandwidth(account);
    bandwidth.book.mostOfAPage = MOST_OF_A_PAGE;
    bandwidth.book.addNumber(TN);
    const api = createBandwidthApi({ credentials: account, baseUrl: bandwidth.url, timeoutMs: PATIENCE_MS });
    return {
      carrier: { kind: 'bandwidth', credentials: account, baseUrl: bandwidth.url },
      atOnce() { bandwidth.book.slowness = 0; },
      api,
      number: `+1${TN}`,
      more: () => ['9195550101', '9195550102', '9195550103', '9195550104'].map((tn) => `+1${bandwidth.book.addNumber(tn, { options: { CallForward: tn === '9195550103' ? '3332221111' : '' } }).tn}`),
      faults: bandwidth.faults,
      set: (options) => { bandwidth.book.addNumber(TN, { options }); },
      held: () => bandwidth.book.number(TN)?.options,
      close() {
        api.close();
        return bandwidth.close();
      },
    };
  },
};
