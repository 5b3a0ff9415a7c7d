import { expect, test } from 'vitest';
import { Contestant } from './contestant.ts';

const echo = `
console.log('{"ready":true}');
for await (const line of require('node:readline').createInterface({ input: process.stdin }))
  if (line === 'die') { console.error('out of luck'); process.exit(3); }
  else console.log('library chatter\\n' + JSON.stringify({ line, who: process.env.WHO }));
`;
const start = () =>
  new Contestant('echo', [process.execPath, '--input-type=commonjs', '-e', `(async () => {${echo}})()`], { WHO: 'me' });

test('answers each line in turn, past what libraries print', async () => {
  const contestant = start();
  expect(await contestant.next()).toEqual({ ready: true });
  expect(await contestant.ask('1')).toEqual({ line: '1', who: 'me' });
  expect(await contestant.ask('2')).toEqual({ line: '2', who: 'me' });
  await contestant.close();
});

test('says why a process gave no answer', async () => {
  const contestant = start();
  await contestant.next();
  await expect(contestant.ask('die')).rejects.toThrow('echo ended (3) before it answered:\nout of luck');
  await contestant.close();
});

test('says that a program does not exist', async () => {
  const contestant = new Contestant('nobody', ['/nowhere/python'], {});
  await expect(contestant.next()).rejects.toThrow('nobody ended');
  await contestant.close();
});
