// A program that speaks the control protocol, and does what the test's method names ask it to.
import { createServer, type Server, type Socket } from 'node:net';

const [socketPath = '', mode] = process.argv.slice(2);

type Method = (socket: Socket, id: number, params: unknown) => void;

const methods: Record<string, Method> = {
  echo: (socket, id, params) => answer(socket, id, { result: params }),
  refuse: (socket, id) => answer(socket, id, { error: { code: -32000, message: 'not today' } }),
  wrong: (socket, id) =>
    answer(socket, id, {
      error: { code: -32602, message: 'hops[1]: expected a slot', data: { field: 'hops[1]' } },
    }),
  mumble: (socket, id) => answer(socket, id, { error: { code: 'x' } }),
  silent: () => {},
  slowly: (socket, id) => {
    const text = `${JSON.stringify({ jsonrpc: '2.0', id, result: 'in two pieces' })}\n`;
    socket.write(text.slice(0, 5));
    setTimeout(() => socket.write(text.slice(5)), 20);
  },
  garbage: (socket, id) => {
    socket.write('no json\nnull\n{"id":"x"}\n{"jsonrpc":"2.0","id":9999,"result":1}\n');
    answer(socket, id, { result: 'after garbage' });
  },
  flood: (socket) => socket.write('x'.repeat(2 << 20)),
  die: () => dieSaying('first line\nlast words\n', 4),
};

const open = new Set<Socket>();
let server: Server | undefined;
if (mode === 'fail') dieSaying('no huge pages\n', 3);
else serve();
if (mode === 'stubborn') process.on('SIGTERM', () => {});

function serve(): void {
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().trim().split('\n')) {
        const { id, method, params } = JSON.parse(line) as { id: number; method: string; params: unknown };
        methods[method]?.(socket, id, params);
      }
    });
  }).listen(socketPath);
}

function answer(socket: Socket, id: number, body: object): void {
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`);
}

/** An uncaught exception would say more than the words. */
function dieSaying(words: string, code: number): void {
  process.stderr.write(words);
  process.exitCode = code;
  server?.close();
  for (const socket of open) socket.destroy();
}
