import { byId, language, memory, say } from './preferences.js';

let served = null;
/** The model that this one is compared with, once it answered. */
let peer = null;

/** Asks the server what it serves, until it answers. */
export async function loadModel() {
  try {
    const response = await fetch('/v1/models');
    served = (await response.json()).data[0];
  } catch {
    setTimeout(loadModel, 2000);
    return;
  }
  showModel();
  restoreSettings();
  void loadPeer();
}

async function loadPeer() {
  if (!isCompared()) return;
  const response = await fetch('/compare/v1/models').catch(() => null);
  if (response?.ok) peer = (await response.json()).data[0];
  else setTimeout(loadPeer, 5000);
}

export const isCompared = () => Boolean(served?.wikigpt.compareWith);

/** Who answers a question, in order: this model, and the one it is compared with. */
export function answerers() {
  const here = { path: '', name: served?.id ?? '', parameters: served?.wikigpt.parameters };
  if (!isCompared()) return [here];
  const { compareWith } = served.wikigpt;
  return [here, { path: '/compare', name: compareWith, parameters: peer?.wikigpt.parameters }];
}

/** A model's name with its size, where that is known. */
export const titleOf = ({ name, parameters }) =>
  [name, parameters && say('parameters')(compactNumber(parameters))].filter(Boolean).join(' · ');

const compactNumber = (value) =>
  new Intl.NumberFormat(language(), { notation: 'compact', maximumFractionDigits: 1 }).format(value);

/** True when the model hears what was said before; others get each question alone. */
export const remembersTurns = () => served?.wikigpt.prompt === 'chat';

/** Introduces the model; the samples are buttons with questions to send. */
export function showModel() {
  if (!served) return;
  const { parameters, prompt, notice, samples } = served.wikigpt;
  const plain = new Intl.NumberFormat(language());
  byId('model').textContent = served.id;
  document.title = served.id;
  byId('facts').textContent = [
    say('parameters')(compactNumber(parameters)),
    say('context')(plain.format(served.max_model_len)),
    say('facts')[prompt],
    isCompared() ? say('compared')(served.wikigpt.compareWith) : '',
  ]
    .filter(Boolean)
    .join(' · ');
  byId('notice').textContent = notice[language()];
  byId('samples').replaceChildren(...samples[language()].map(sampleItem));
  byId('system-field').hidden = !remembersTurns();
}

function sampleItem(question) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = question;
  const item = document.createElement('li');
  item.append(button);
  return item;
}

// --- settings: each has the id of its field ---

const fields = { temperature: 'temperature', 'max-tokens': 'maxTokens', system: 'system' };

function restoreSettings() {
  const defaults = { ...served.wikigpt.defaults, system: '' };
  for (const [id, name] of Object.entries(fields)) byId(id).value = memory.read(name) ?? defaults[name];
  byId('max-tokens').max = served.max_model_len;
  showTemperature();
}

const showTemperature = () => {
  byId('temperature-value').textContent = Number(byId('temperature').value).toFixed(1);
};

/** Remembers settings as they change, and forgets them on request. */
export function keepSettings() {
  for (const [id, name] of Object.entries(fields))
    byId(id).addEventListener('input', () => {
      memory.write(name, byId(id).value);
      showTemperature();
    });
  byId('defaults').addEventListener('click', () => {
    for (const name of Object.values(fields)) memory.write(name, null);
    if (served) restoreSettings();
  });
}

/** The settings as fields of a request. */
export function requestSettings() {
  const maxTokens = Number.parseInt(byId('max-tokens').value, 10);
  return {
    temperature: Number(byId('temperature').value),
    ...(maxTokens > 0 ? { max_completion_tokens: maxTokens } : {}),
  };
}

/** The system message in effect; empty where the model takes none. */
export const systemMessage = () => (remembersTurns() ? byId('system').value.trim() : '');
