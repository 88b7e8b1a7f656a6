/** What is wanted of a number that is to be moved with its trunk or application, by what is known of that. */
import { describe, expect, it } from 'vitest';
import { memberFacts } from '../../src/diversion/member-facts.ts';
import type { Wanted } from '../../src/diversion/next-write.ts';
import { AS_IT_WAS } from '../../src/diversion/unit-facts.ts';
import { UNKNOWN_ROUTE, type Mixed, type Route } from '../../src/domain/route.ts';

const down: Wanted = { route: { ...AS_IT_WAS.route, is: 'diverted', targets: [{ kind: 'phone', number: '+447400123456' }] }, diversion: 'd1' };
const mixed: Mixed = { why: 'primaries', count: 1 };
const layer = { original: { trunk: 'T1' }, set: { trunk: '' }, sent: [], confirmed: true };
const bound: Route = { ...UNKNOWN_ROUTE, is: 'diverted', group: 'T1', mixed, divert: layer };

const facts = (group: Partial<Route> | undefined, { known, alone = down, canAlone = true }: { known?: Route; alone?: Wanted; canAlone?: boolean } = {}) =>
  memberFacts({ alone: () => alone, canAlone }, { group: 'T1', known }, group ? { version: 1, route: { ...UNKNOWN_ROUTE, ...group } } : { version: 0, route: undefined });

describe('a number that is to be moved with its group', () => {
  it('is as the group is, and nothing is wanted of itself', () => {
    expect(facts({ is: 'diverted', diversion: 'd1' })).toEqual({ wanted: AS_IT_WAS, group: 'T1', mixed: undefined, served: { is: 'diverted', diversion: 'd1' } });
    expect(facts(undefined)).toMatchObject({ wanted: AS_IT_WAS, served: { is: 'pending' } });
  });

  it('is set by itself when the group is mixed, and fails where the carrier cannot', () => {
    expect(facts({ mixed })).toEqual({ wanted: down, group: 'T1', mixed });
    expect(facts({ mixed }, { canAlone: false })).toMatchObject({ wanted: AS_IT_WAS, mixed, unable: { code: 'group_mixed' } });
  });

  it('goes back to the group only when that leads where it is to go', () => {
    expect(facts({ is: 'pending' }, { known: bound })).toEqual({ wanted: down, group: 'T1', mixed });
    expect(facts(undefined, { known: bound })).toMatchObject({ wanted: down });
    expect(facts({ is: 'diverted', diversion: 'd1' }, { known: bound })).toMatchObject({ wanted: AS_IT_WAS, served: { is: 'diverted' } });
    expect(facts({ is: 'in step' }, { known: bound, alone: AS_IT_WAS })).toMatchObject({ wanted: AS_IT_WAS, served: { is: 'in step' } });
  });

  it('is set by itself while the carrier refuses to move the group', () => {
    expect(facts({ is: 'failed' })).toMatchObject({ wanted: down, group: 'T1' });
    expect(facts({ is: 'failed' }, { alone: AS_IT_WAS })).toMatchObject({ served: { is: 'failed' } });
    expect(facts({ is: 'failed' }, { canAlone: false })).toMatchObject({ served: { is: 'failed' } });
  });

  it('on none is set by itself', () => {
    const none = (canAlone: boolean) => memberFacts({ alone: () => down, canAlone }, { group: undefined, known: undefined }, undefined);
    expect(none(true)).toEqual({ wanted: down });
    expect(none(false)).toMatchObject({ wanted: AS_IT_WAS, unable: { code: 'carrier_ability_missing' } });
  });
});
