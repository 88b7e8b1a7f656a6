/** A fresh world for each test, with people, plans and a first number, and the routes of imports over real HTTP. */
import { afterEach, beforeEach } from 'vitest';
import { eachWorld, type Here } from '../support/each-world.ts';
import { openService, putPeople, type Service } from './support.ts';

export function eachService(): { readonly here: Here; readonly service: Service } {
  const here = eachWorld((world) => putPeople(world.store));
  let service: Service | undefined;
  beforeEach(async () => {
    service = await openService(here.world);
  });
  afterEach(() => service?.close());
  return {
    here,
    get service() {
      if (!service) throw new Error('there is no service outside a test');
      return service;
    },
  };
}
