import { AnswerError, streamAnswer } from './answer-stream.js';
import { remembersTurns, requestSettings, systemMessage } from './model.js';
import { byId, language, say, setLabel, translate } from './preferences.js';

/** Questions with their answers, in order; each knows its element. */
const turns = [];
let running = null;

/** The messages of a request: only a chat model hears what was said before. */
function messagesFor(turn) {
  const earlier = remembersTurns() ? turns.slice(0, turns.indexOf(turn)) : [];
  const system = systemMessage();
  return [
    ...(system ? [{ role: 'system', content: system }] : []),
    ...earlier
      .filter(({ answer, failed }) => answer && !failed)
      .flatMap(({ question, answer }) => [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ]),
    { role: 'user', content: turn.question },
  ];
}

/** Adds a question to the conversation and answers it; does nothing while another answer comes. */
export function ask(question) {
  if (running || !question.trim()) return;
  const element = byId('turn').content.firstElementChild.cloneNode(true);
  translate(element);
  const turn = { question: question.trim(), element };
  turns.push(turn);
  element.querySelector('.asked').textContent = turn.question;
  element.querySelector('.copy').addEventListener('click', (event) => copyAnswer(turn, event.currentTarget));
  element.querySelector('.retry').addEventListener('click', () => !running && answer(turn));
  byId('conversation').append(element);
  byId('welcome').hidden = true;
  byId('new').hidden = false;
  byId('question').value = '';
  void answer(turn);
}

async function answer(turn) {
  Object.assign(turn, { answer: '', failed: null, tokens: 0, cutOff: false, stopped: false, startedAt: undefined });
  const controller = new AbortController();
  running = { turn, controller };
  announce(say('answering'));
  showTurn(turn);
  showComposer();
  scrollToEnd(true);
  try {
    const request = { messages: messagesFor(turn), ...requestSettings() };
    for await (const chunk of streamAnswer(request, controller.signal)) {
      take(turn, chunk);
      showTurn(turn);
      scrollToEnd(false);
    }
  } catch (error) {
    if (controller.signal.aborted) turn.stopped = true;
    else turn.failed = error;
  }
  running = null;
  showTurn(turn);
  showComposer();
  scrollToEnd(false);
  announce(turn.element.querySelector('.answer').textContent);
  byId('question').focus();
}

function take(turn, { choices, usage }) {
  const text = choices[0]?.delta.content ?? '';
  if (text) turn.startedAt ??= performance.now();
  turn.answer += text;
  turn.cutOff ||= choices[0]?.finish_reason === 'length';
  turn.tokens = usage?.completion_tokens ?? turn.tokens;
  turn.seconds = (performance.now() - (turn.startedAt ?? performance.now())) / 1000;
}

function showTurn(turn) {
  const { element, failed, stopped } = turn;
  const busy = running?.turn === turn;
  const silent = !busy && !failed && !turn.answer;
  element.classList.toggle('busy', busy);
  element.classList.toggle('failed', Boolean(failed));
  element.classList.toggle('empty', silent);
  element.querySelector('.answer').textContent = failed
    ? failureText(failed)
    : silent
      ? say(stopped ? 'stopped' : 'noAnswer')
      : turn.answer;
  element.querySelector('.copy').hidden = !turn.answer || Boolean(failed);
  element.querySelector('.speed').textContent = failed ? '' : notes(turn).join(' · ');
}

function notes({ tokens, seconds, cutOff, stopped, answer: text }) {
  const rate = new Intl.NumberFormat(language(), { maximumFractionDigits: 0 }).format((tokens - 1) / seconds);
  return [
    // Over a handful of tokens a rate is noise.
    tokens >= 8 && seconds > 0 ? say('speed')(tokens, rate) : '',
    cutOff ? say('cutOff') : '',
    stopped && text ? say('stopped') : '',
  ].filter(Boolean);
}

function failureText(error) {
  if (!(error instanceof AnswerError)) return say('unreachable');
  return error.code === 'loading' ? say('loading') : error.message;
}

async function copyAnswer(turn, button) {
  if (!navigator.clipboard) {
    // Browsers give the clipboard to secure pages only; elsewhere the answer is selected, ready for the keyboard.
    getSelection().selectAllChildren(turn.element.querySelector('.answer'));
    return;
  }
  await navigator.clipboard.writeText(turn.answer);
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
  for (const turn of turns) showTurn(turn);
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
