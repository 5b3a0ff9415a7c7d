import { byId, language, memory, say } from './preferences.js';

let served = null;

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
}

/** True when the model hears what was said before; others get each question alone. */
export const remembersTurns = () => served?.wikigpt.prompt === 'chat';

/** Introduces the model; the samples are buttons with questions to send. */
export function showModel() {
  if (!served) return;
  const { parameters, prompt, notice, samples } = served.wikigpt;
  const compact = new Intl.NumberFormat(language(), { notation: 'compact', maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(language());
  byId('model').textContent = served.id;
  document.title = served.id;
  byId('facts').textContent = [
    say('parameters')(compact.format(parameters)),
    say('context')(plain.format(served.max_model_len)),
    say('facts')[prompt],
  ].join(' · ');
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
