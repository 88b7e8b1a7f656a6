/** A process that asks over many connections as fast as it is answered, so that whoever places calls meanwhile waits for the service alone. */
import { connect } from 'node:net';

/** One connection: so many requests at a time, and the same again when they are answered. */
function ask(port, localAddress, text, answers) {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  socket.setEncoding('latin1');
  let left = answers;
  socket.on('data', (chunk) => {
    left -= chunk.split('HTTP/1.1 ').length - 1;
    if (left > 0) return;
    left = answers;
    socket.write(text);
  });
  // Refused or cut off: it comes again, as floods do.
  socket.on('error', () => undefined);
  socket.on('close', () => setTimeout(() => ask(port, localAddress, text, answers), 100));
  socket.write(text);
}

process.on('message', ({ port, from, texts, clients, answers }) => {
  for (let at = 0; at < clients; at += 1) ask(port, from[at % from.length], texts[at % texts.length], answers);
  process.send('begun');
});
