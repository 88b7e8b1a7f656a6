/** The numbers that the account holds, and the orders that change their options: taken at once, carried out later, one after the other. */

export interface Options {
  CallForward: string;
  /** As the API has it: ten digits, or an address without `sip:`. */
  FinalDestinationURI: string;
}

export interface HeldNumber {
  /** Ten digits. */
  tn: string;
  accountId: string;
  siteId: string;
  peerId: string;
  options: Options;
}

export interface Order {
  id: string;
  /** Only what is to be changed; `systemDefault` clears. */
  changes: Partial<Options>;
  tns: readonly string[];
  status: 'RECEIVED' | 'PROCESSING' | 'COMPLETE' | 'PARTIAL' | 'FAILED';
  errors: readonly { code: number; description: string; tn: string }[];
  /** Looks at it that it is still to be seen unfinished. */
  looks: number;
}

export interface Book {
  addNumber(tn: string, held?: Partial<Omit<HeldNumber, 'tn' | 'options'>> & { options?: Partial<Options> }): HeldNumber;
  number(tn: string): HeldNumber | undefined;
  numbers(): readonly HeldNumber[];
  /** However many are asked for. */
  mostOfAPage: number;
  order(changes: Partial<Options>, tns: readonly string[]): Order;
  /** Somebody looks: time goes on for this order, and those before it are carried out. */
  look(id: string): Order | undefined;
  /** How often an order is seen unfinished, from the next one on. */
  slowness: number;
  /** All that was ordered, without anybody looking. */
  carryOutAll(): void;
  /** The next order fails with this. */
  failNext(code: number, description: string): void;
}

export function createBook(accountId: string): Book {
  const numbers = new Map<string, HeldNumber>();
  const orders = new Map<string, Order>();
  let failing: { code: number; description: string } | undefined;

  function carryOut(order: Order): void {
    if (order.status !== 'RECEIVED' && order.status !== 'PROCESSING') return;
    const errors = order.tns.flatMap((tn) => {
      if (failing) return [{ ...failing, tn }];
      if (!numbers.has(tn)) return [{ code: 5076, description: 'Telephone number is not available.', tn }];
      return order.changes.CallForward === tn ? [{ code: 5088, description: `Call forward number ${tn} cannot be the same as the telephone number.`, tn }] : [];
    });
    failing = undefined;
    order.errors = errors;
    order.status = errors.length === 0 ? 'COMPLETE' : errors.length < order.tns.length ? 'PARTIAL' : 'FAILED';
    for (const tn of order.tns) {
      const held = numbers.get(tn);
      if (!held || errors.some((error) => error.tn === tn)) continue;
      for (const [option, value] of Object.entries(order.changes)) if (value !== 'unchanged') held.options[option as keyof Options] = value === 'systemDefault' ? '' : value;
    }
  }

  const book: Book = {
    slowness: 2,
    addNumber(tn, { options, ...held } = {}) {
      const number: HeldNumber = { tn, accountId, siteId: '479', peerId: '500014', ...held, options: { CallForward: '', FinalDestinationURI: '', ...options } };
      numbers.set(tn, number);
      return number;
    },
    number: (tn) => numbers.get(tn),
    numbers: () => [...numbers.values()],
    mostOfAPage: Infinity,
    order(changes, tns) {
      const id = `ddbdc72e-dc27-490c-904e-${String(orders.size).padStart(12, '0')}`;
      const order: Order = { id, changes, tns, status: 'RECEIVED', errors: [], looks: book.slowness };
      orders.set(id, order);
      return order;
    },
    carryOutAll: () => orders.forEach(carryOut),
    look(id) {
      const order = orders.get(id);
      if (!order) return undefined;
      for (const before of orders.values()) {
        if (before === order) break;
        carryOut(before);
      }
      if (order.looks > 0) {
        order.looks -= 1;
        if (order.status === 'RECEIVED' && order.looks < book.slowness - 1) order.status = 'PROCESSING';
      } else carryOut(order);
      return order;
    },
    failNext: (code, description) => { failing = { code, description }; },
  };
  return book;
}
