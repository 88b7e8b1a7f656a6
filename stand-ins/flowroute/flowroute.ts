/** A stand-in for Flowroute: numbers and their voice routes behind its API v2. Knows nothing of the product, and is meant to be hard to please. */
import { createRestServer, type RestServer } from '../rest-server.ts';
import { createBook, type Book } from './book.ts';
import { answer, error } from './rest.ts';

/** `url`: put it in place of `https://api.flowroute.com`. */
export type Flowroute = Book & RestServer;

/** `mostOfAPage`: however many numbers are asked for. */
export async function createFlowroute({ accessKey, secretKey, mostOfAPage = Infinity }: { accessKey: string; secretKey: string; mostOfAPage?: number }): Promise<Flowroute> {
  const book = createBook(mostOfAPage);
  const authorization = `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`;
  const throttled = error(429, 'Too Many Requests', 'Slow down.');
  const server = await createRestServer({
    answer: (asked) => (asked.headers['authorization'] === authorization ? answer(book, asked) : error(401, 'Unauthorized', 'Authentication failed.')),
    throttled: (withWait) => (withWait ? { ...throttled, headers: { 'Retry-After': '7' } } : throttled),
    broken: error(500, 'Internal Server Error', ''),
  });
  return { ...book, ...server };
}
