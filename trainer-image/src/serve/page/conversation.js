import { AnswerError, streamAnswer } from './answer-stream.js';
import { answerers, remembersTurns, requestSettings, systemMessage, titleOf } from './model.js';
import { byId, language, say, setLabel, translate } from './preferences.js';

/** Questions in order, each with a reply of every model that is asked; each knows its element. */
const turns = [];
let running = null;

/** The messages of a request: only a chat model hears what was said before, and nothing of what another one said. */
function messagesFor(turn, { path }) {
  const earlier = remembersTurns() ? turns.slice(0, turns.indexOf(turn)) : [];
  const system = systemMessage();
  return [
    ...(system ? [{ role: 'system', content: system }] : []),
    ...earlier.flatMap(({ question, replies }) =>
      replies
        .filter(({ model, answer, failed }) => model.path === path && answer && !failed)
        .flatMap(({ answer }) => [
          { role: 'user', content: question },
          { role: 'assistant', content: answer },
        ]),
    ),
    { role: 'user', content: turn.question },
  ];
}

/** Adds a question to the conversation and answers it; does nothing while another answer comes. */
export function ask(question) {
  if (running || !question.trim()) return;
  const element = byId('turn').content.firstElementChild.cloneNode(true);
  translate(element);
  const turn = { question: question.trim(), element, replies: [] };
  turns.push(turn);
  element.querySelector('.asked').textContent = turn.question;
  for (const model of answerers()) addReply(turn, model);
  element.querySelector('.replies').classList.toggle('compared', turn.replies.length > 1);
  byId('conversation').append(element);
  byId('welcome').hidden = true;
  byId('new').hidden = false;
  byId('question').value = '';
  void answer(turn, turn.replies);
}

function addReply(turn, model) {
  const element = byId('reply').content.firstElementChild.cloneNode(true);
  translate(element);
  const reply = { model, element };
  turn.replies.push(reply);
  element.querySelector('.copy').addEventListener('click', (event) => copyAnswer(reply, event.currentTarget));
  element.querySelector('.retry').addEventListener('click', () => !running && answer(turn, [reply]));
  turn.element.querySelector('.replies').append(element);
}

/** One model after the other: asked at once they would share the processor, and their speed would say nothing. */
async function answer(turn, replies) {
  for (const reply of replies)
    Object.assign(reply, { answer: '', failed: null, tokens: 0, cutOff: false, stopped: false, startedAt: undefined });
  const controller = new AbortController();
  running = { replies, controller };
  announce(say('answering'));
  for (const reply of replies) showReply(reply);
  showComposer();
  scrollToEnd(true);
  for (const reply of replies) {
    await answerOne(turn, reply, controller.signal);
    running.replies = running.replies.filter((other) => other !== reply);
    showReply(reply);
  }
  running = null;
  showComposer();
  scrollToEnd(false);
  announce(replies.map(({ element }) => element.querySelector('.answer').textContent).join(' / '));
  byId('question').focus();
}

async function answerOne(turn, reply, signal) {
  reply.askedAt = performance.now();
  try {
    const request = { messages: messagesFor(turn, reply.model), ...requestSettings() };
    for await (const chunk of streamAnswer(reply.model.path, request, signal)) {
      take(reply, chunk);
      showReply(reply);
      scrollToEnd(false);
    }
  } catch (error) {
    if (signal.aborted) reply.stopped = true;
    else reply.failed = error;
  }
}

function take(reply, { choices, usage }) {
  const now = performance.now();
  const text = choices[0]?.delta.content ?? '';
  if (text) reply.startedAt ??= now;
  reply.answer += text;
  reply.cutOff ||= choices[0]?.finish_reason === 'length';
  reply.tokens = usage?.completion_tokens ?? reply.tokens;
  reply.seconds = (now - (reply.startedAt ?? now)) / 1000;
  reply.ms = now - reply.askedAt;
}

function showReply(reply) {
  const { element, failed, stopped, model } = reply;
  const busy = Boolean(running?.replies.includes(reply));
  const silent = !busy && !failed && !reply.answer;
  const compared = element.parentElement.classList.contains('compared');
  element.querySelector('.who').hidden = !compared;
  element.querySelector('.who').textContent = titleOf(model);
  element.classList.toggle('busy', busy);
  element.classList.toggle('failed', Boolean(failed));
  element.classList.toggle('empty', silent);
  element.querySelector('.answer').textContent = failed
    ? failureText(failed)
    : silent
      ? say(stopped ? 'stopped' : 'noAnswer')
      : reply.answer;
  element.querySelector('.copy').hidden = !reply.answer || Boolean(failed);
  element.querySelector('.speed').textContent = failed || busy ? '' : notes(reply, compared).join(' · ');
}

function notes({ tokens, seconds, ms, cutOff, stopped, answer: text }, compared) {
  const whole = (value) => new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format(value);
  // Over a handful of tokens a rate is noise; the time to the whole answer is not.
  const hasRate = tokens >= 8 && seconds > 0;
  const isTimed = compared && tokens > 0;
  return [
    hasRate || isTimed ? say('tokens')(tokens) : '',
    isTimed ? say('time')(whole(ms)) : '',
    hasRate ? say('rate')(whole((tokens - 1) / seconds)) : '',
    cutOff ? say('cutOff') : '',
    stopped && text ? say('stopped') : '',
  ].filter(Boolean);
}

function failureText(error) {
  if (!(error instanceof AnswerError)) return say('unreachable');
  return error.code === 'loading' ? say('loading') : error.message;
}

async function copyAnswer(reply, button) {
  if (!navigator.clipboard) {
    // Browsers give the clipboard to secure pages only; elsewhere the answer is selected, ready for the keyboard.
    getSelection().selectAllChildren(reply.element.querySelector('.answer'));
    return;
  }
  await navigator.clipboard.writeText(reply.answer);
  announce(say('copied'));
  button.classList.add('done');
  setTimeout(() => button.classList.remove('done'), 1500);
}

export const isAnswering = () => running !== null;

/** Ends the answer that is coming, and keeps what came. */
export function stop() {
  running?.controller.abort();
}

export function startAnew() {
  stop();
  turns.length = 0;
  byId('conversation').replaceChildren();
  byId('welcome').hidden = false;
  byId('new').hidden = true;
  byId('question').focus();
}

/** Shows every turn again, in the language now. */
export function showConversation() {
  for (const { replies } of turns) for (const reply of replies) showReply(reply);
  showComposer();
}

/** Fits the question field to its text, and the button to what it would do. */
export function showComposer() {
  const question = byId('question');
  const send = byId('send');
  send.classList.toggle('busy', isAnswering());
  send.disabled = !isAnswering() && !question.value.trim();
  setLabel(send, say(isAnswering() ? 'stop' : 'send'));
  question.style.height = 'auto';
  question.style.height = `${question.scrollHeight}px`;
}

function scrollToEnd(always) {
  const scroller = byId('scroller');
  const distance = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  // Somebody who scrolled up is reading; the answer must not pull the page away.
  if (always || distance < 120) scroller.scrollTop = scroller.scrollHeight;
}

/** Says something to people who hear the page. */
function announce(text) {
  byId('status').textContent = text;
}
