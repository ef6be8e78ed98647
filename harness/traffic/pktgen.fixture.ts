// A DOUBLE of Pktgen-DPDK: it replays a dialogue that was recorded with the real program (pktgen-<release>.dialogue.json: each line
// that the driver sent to its Lua prompt, and what came back), over a real socket, and like the real one only in a real terminal.
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { isatty } from 'node:tty';

interface Turn {
  readonly ask: string;
  readonly answer: string;
}

const [dialogueFile = '', mode = '', ...args] = process.argv.slice(2);
const turns = JSON.parse(readFileSync(dialogueFile, 'utf8')) as Turn[];
const port = Number(/:([0-9]+)$/.exec(args[args.indexOf('-g') + 1] ?? '')?.[1]);

const open = new Set<Socket>();
let turn = 0;
const server = createServer((socket) => {
  open.add(socket);
  let heard = '';
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    const lines = (heard + bytes.toString()).split('\n');
    heard = lines.pop() ?? '';
    for (const line of lines) answer(socket, line);
  });
});
if (isatty(0) && isatty(1)) {
  // As the real one does, whatever address it was given.
  server.listen(port, '0.0.0.0');
  process.stdout.write('\u001b[1;r>>> Lua prompt\r\n');
} else {
  process.stderr.write('tcgetattr: Inappropriate ioctl for device\n');
  process.exitCode = 255;
}

function answer(socket: Socket, line: string): void {
  const expected = turns[turn++];
  if (mode === 'dies' && turn > 3) return panic();
  if (mode === 'silent' && turn > 1) return;
  const mark = /<(netvm[0-9]+) /.exec(line)?.[1] ?? '';
  // What was not recorded is an error, as Lua would give it.
  const recorded =
    expected?.ask === line ? expected.answer : `<${mark} false not in the recorded dialogue ${mark}>`;
  const text = mode === 'newer' ? recorded.replace(/Pktgen [0-9.]+/, 'Pktgen 99.01.0') : recorded;
  // In two pieces.
  socket.write(text.slice(0, 5));
  setTimeout(() => socket.write(text.slice(5)), 5);
}

function panic(): void {
  process.stdout.write('!PANIC!: Cannot set MTU\n');
  process.exitCode = 134;
  server.close();
  for (const socket of open) socket.destroy();
}
