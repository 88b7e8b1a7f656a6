/** A carrier's folder that the registry or the contract suite does not know is a mistake. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CARRIER_PARTS } from '../../src/carriers/kinds.ts';
import { CARRIER_KINDS } from '../../src/domain/carrier.ts';
import { CONTRACTS } from '../carriers/contracts.ts';

const folders = readdirSync(new URL('../../src/carriers/', import.meta.url), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();

it('every folder of a carrier is a kind, is in the registry and has a line in the contract suite', () => {
  expect(folders).not.toEqual([]);
  expect([...CARRIER_KINDS].sort()).toEqual(folders);
  expect(Object.keys(CARRIER_PARTS).sort()).toEqual(folders);
  expect(Object.keys(CONTRACTS).sort()).toEqual(folders);
  for (const kind of CARRIER_KINDS) expect([kind, CONTRACTS[kind] !== undefined, CARRIER_PARTS[kind].wiring !== undefined]).toEqual([kind, CARRIER_PARTS[kind].dialect !== undefined, CARRIER_PARTS[kind].dialect !== undefined]);
});
