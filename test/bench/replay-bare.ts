/**
 * A process that posts what it has ready, with a bare undici pool: what replay is compared with. Nothing is read, signed or noted while it posts.
 * Usage: replay-bare.js URL SECRET PREFIX COUNT BYTES IN_FLIGHT
 */
import { Pool } from 'undici';
import { eventText, signedPost } from './replay-post.ts';

const [url = '', secret = '', prefix = '', ...sizes] = process.argv.slice(2);
const [count = 0, bytes = 0, inFlight = 0] = sizes.map(Number);

const posts = Array.from({ length: count }, (_, n) => signedPost(`${prefix}-${n}`, eventText(`${prefix}-${n}`, n, bytes), secret));
const pool = new Pool(url, { connections: inFlight, pipelining: 1 });
let next = 0;

async function lane(): Promise<void> {
  while (next < count) {
    const post = posts[next++];
    if (!post) return;
    const { statusCode, body } = await pool.request({ path: '/', method: 'POST', headers: post.headers, body: post.body });
    await body.dump();
    if (statusCode !== 204) throw new Error(`answered ${statusCode}`);
  }
}

await Promise.all(Array.from({ length: inFlight }, lane));
await pool.close();
