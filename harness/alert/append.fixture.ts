/** Appends so many events to a log, one at a time: a process of its own, for the test of two writers. */
import { appendToLog } from './log.ts';

const [file = '', name = '', count = '0'] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) {
  await appendToLog(file, () => [{ type: 'channel', channel: `${name}-${i}` }]);
}
