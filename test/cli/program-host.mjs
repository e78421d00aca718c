// Runs the program again and again in one process, which has loaded its modules after the first run. Each run evaluates
// dist/cli/main.js anew, with arguments, streams and exit status of its own. What happens to a process (signals, a broken pipe, its
// end) is no business of this file: those tests start the program itself.
import { Readable, Writable } from 'node:stream';

let count = 0;

process.on('message', async ({ url, args, input }) => {
  const [out, err] = [capture('stdout'), capture('stderr')];
  Object.defineProperty(process, 'stdin', {
    value: Readable.from(input === undefined ? [] : [input]),
    configurable: true,
  });
  process.argv = [process.argv[0], url, ...args];
  process.exitCode = undefined;
  // Another address is another evaluation of this module, and of no other.
  await import(`${url}?run=${count++}`);
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  process.send({ code, out: out(), err: err() });
});

/** Puts a stream of its own in the place of one of the process. */
function capture(name) {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  Object.defineProperty(process, name, { value: stream, configurable: true });
  return () => Buffer.concat(chunks).toString();
}
