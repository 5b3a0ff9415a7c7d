import { AnswerError, streamAnswer } from './answer-stream.js';
import { texts } from './texts.js';

const byId = (id) => document.getElementById(id);
const root = document.documentElement;

/** Remembers a choice in this browser; a browser that forbids it forgets. */
const memory = {
  read(key) {
    try {
      return localStorage.getItem(`wikigpt.${key}`);
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(`wikigpt.${key}`);
      else localStorage.setItem(`wikigpt.${key}`, value);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  },
};

let language = memory.read('language') ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
let model = null;
let running = null;
const turns = [];
const say = (name) => texts[language][name];

// --- language and theme ---

function applyLanguage() {
  root.lang = language === 'zh' ? 'zh-CN' : 'en';
  translate(document);
  showModel();
  for (const turn of turns) showTurn(turn);
  showComposer();
}

function translate(part) {
  for (const element of part.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text);
  for (const element of part.querySelectorAll('[data-placeholder]'))
    element.placeholder = say(element.dataset.placeholder);
  for (const element of part.querySelectorAll('[data-label]')) {
    const label = say(element.dataset.label);
    element.setAttribute('aria-label', label);
    if (element.tagName === 'BUTTON') element.title = label;
  }
}

const systemDark = matchMedia('(prefers-color-scheme: dark)');
const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches);
function applyTheme() {
  const theme = memory.read('theme');
  if (theme) root.dataset.theme = theme;
  root.classList.toggle('is-dark', isDark());
}

// --- model ---

async function loadModel() {
  try {
    const response = await fetch('/v1/models');
    model = (await response.json()).data[0];
  } catch {
    setTimeout(loadModel, 2000);
    return;
  }
  showModel();
  restoreSettings();
}

function showModel() {
  if (!model) return;
  const { parameters, prompt, notice, samples } = model.wikigpt;
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(language);
  byId('model').textContent = model.id;
  document.title = model.id;
  byId('facts').textContent = [
    say('parameters')(compact.format(parameters)),
    say('context')(plain.format(model.max_model_len)),
    say('facts')[prompt],
  ].join(' · ');
  byId('notice').textContent = notice[language];
  byId('samples').replaceChildren(
    ...samples[language].map((question) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = question;
      button.addEventListener('click', () => ask(question));
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
  byId('system-field').hidden = prompt !== 'chat';
}

// --- settings ---

function restoreSettings() {
  const { temperature, maxTokens } = model.wikigpt.defaults;
  byId('temperature').value = memory.read('temperature') ?? temperature;
  byId('max-tokens').value = memory.read('maxTokens') ?? maxTokens ?? '';
  byId('max-tokens').max = model.max_model_len;
  byId('system').value = memory.read('system') ?? '';
  showTemperature();
}

const showTemperature = () => (byId('temperature-value').textContent = Number(byId('temperature').value).toFixed(1));

function keepSetting(id, key) {
  byId(id).addEventListener('input', () => {
    memory.write(key, byId(id).value);
    showTemperature();
  });
}

// --- asking ---

/** The messages of a request: only a chat model hears what was said before. */
function messagesFor(turn) {
  const chats = model?.wikigpt.prompt === 'chat';
  const earlier = chats ? turns.slice(0, turns.indexOf(turn)) : [];
  const answered = earlier.filter(({ answer, failed }) => answer && !failed);
  const system = byId('system').value.trim();
  return [
    ...(system && chats ? [{ role: 'system', content: system }] : []),
    ...answered.flatMap(({ question, answer }) => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]),
    { role: 'user', content: turn.question },
  ];
}

function ask(question) {
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
  const maxTokens = Number.parseInt(byId('max-tokens').value, 10);
  const request = {
    messages: messagesFor(turn),
    temperature: Number(byId('temperature').value),
    ...(maxTokens > 0 ? { max_completion_tokens: maxTokens } : {}),
  };
  try {
    for await (const { choices, usage } of streamAnswer(request, controller.signal)) {
      const text = choices[0]?.delta.content ?? '';
      if (text) turn.startedAt ??= performance.now();
      turn.answer += text;
      if (choices[0]?.finish_reason === 'length') turn.cutOff = true;
      if (usage) turn.tokens = usage.completion_tokens;
      turn.seconds = (performance.now() - (turn.startedAt ?? performance.now())) / 1000;
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

function showTurn(turn) {
  const { element, failed, stopped, cutOff, tokens, seconds } = turn;
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
  const rate = new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format((tokens - 1) / seconds);
  // Over a handful of tokens a rate is noise.
  const speed = tokens >= 8 && seconds > 0 ? say('speed')(tokens, rate) : '';
  const notes = [speed, cutOff ? say('cutOff') : '', stopped && turn.answer ? say('stopped') : ''];
  element.querySelector('.speed').textContent = failed ? '' : notes.filter(Boolean).join(' · ');
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

function stop() {
  running?.controller.abort();
}

function startAnew() {
  stop();
  turns.length = 0;
  byId('conversation').replaceChildren();
  byId('welcome').hidden = false;
  byId('new').hidden = true;
  byId('question').focus();
}

// --- what the page looks like now ---

function showComposer() {
  const { value, style } = byId('question');
  const send = byId('send');
  send.classList.toggle('busy', Boolean(running));
  send.disabled = !running && !value.trim();
  const label = say(running ? 'stop' : 'send');
  send.setAttribute('aria-label', label);
  send.title = label;
  style.height = 'auto';
  style.height = `${byId('question').scrollHeight}px`;
}

function scrollToEnd(always) {
  const scroller = byId('scroller');
  const distance = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  // Somebody who scrolled up is reading; the answer must not pull the page away.
  if (always || distance < 120) scroller.scrollTop = scroller.scrollHeight;
}

const announce = (text) => (byId('status').textContent = text);

// --- wiring ---

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  if (running) stop();
  else ask(byId('question').value);
});
byId('question').addEventListener('input', showComposer);
byId('question').addEventListener('keydown', (event) => {
  // While an input method composes Chinese, Enter chooses a candidate.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask(byId('question').value);
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !byId('drawer').open) stop();
});
byId('new').addEventListener('click', startAnew);
byId('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh';
  memory.write('language', language);
  applyLanguage();
});
byId('theme').addEventListener('click', () => {
  memory.write('theme', isDark() ? 'light' : 'dark');
  applyTheme();
});
systemDark.addEventListener('change', applyTheme);
byId('settings').addEventListener('click', () => byId('drawer').showModal());
byId('drawer').addEventListener('click', (event) => event.target === byId('drawer') && byId('drawer').close());
keepSetting('temperature', 'temperature');
keepSetting('max-tokens', 'maxTokens');
keepSetting('system', 'system');
byId('defaults').addEventListener('click', () => {
  for (const key of ['temperature', 'maxTokens', 'system']) memory.write(key, null);
  if (model) restoreSettings();
});

applyTheme();
applyLanguage();
void loadModel();
