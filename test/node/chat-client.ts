// Runs in a pod of the cluster: asks a ChatModel by OpenAI's own client and prints what came as one line of JSON.
import OpenAI from 'openai';

const [baseURL = '', model = '', ...questions] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0, timeout: 60_000 });
const models = (await client.models.list()).data.map(({ id }) => id);
const answers: { readonly question: string; readonly answer: string; readonly streamed: string }[] = [];
for (const content of questions) {
  const asked = { model, messages: [{ role: 'user' as const, content }], temperature: 0 };
  const whole = await client.chat.completions.create(asked);
  let streamed = '';
  for await (const part of await client.chat.completions.create({ ...asked, stream: true }))
    streamed += part.choices[0]?.delta.content ?? '';
  answers.push({ question: content, answer: whole.choices[0]?.message.content ?? '', streamed });
}
const refused = await client.chat.completions
  .create({ model: 'a-stranger', messages: [{ role: 'user', content: 'Who are you?' }] })
  .then(
    () => 'answered',
    (error: InstanceType<typeof OpenAI.APIError>) => `${error.status} ${error.code}`,
  );
console.log(JSON.stringify({ models, answers, refused }));
