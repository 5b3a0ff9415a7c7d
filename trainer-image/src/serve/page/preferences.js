import { texts } from './texts.js';

export const byId = (id) => document.getElementById(id);

/** Remembers choices in this browser; a browser that forbids it forgets them. */
export const memory = {
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

const browserLanguage = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

/** `zh` or `en`: what the person chose, else what the browser speaks. */
export const language = () => document.documentElement.dataset.language ?? memory.read('language') ?? browserLanguage;

/** A text of the page in the language now. */
export const say = (name) => texts[language()][name];

export function setLanguage(chosen) {
  document.documentElement.dataset.language = chosen;
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en';
  translate(document);
}

/** Fills in the texts, labels and placeholders of a part of the page. */
export function translate(part) {
  for (const element of part.querySelectorAll('[data-text]')) element.textContent = say(element.dataset.text);
  for (const element of part.querySelectorAll('[data-placeholder]'))
    element.placeholder = say(element.dataset.placeholder);
  for (const element of part.querySelectorAll('[data-label]')) setLabel(element, say(element.dataset.label));
}

/** Names a control for people who hear it and, on buttons, for those who point at it. */
export function setLabel(element, label) {
  element.setAttribute('aria-label', label);
  if (element.tagName === 'BUTTON') element.title = label;
}

const systemDark = matchMedia('(prefers-color-scheme: dark)');
systemDark.addEventListener('change', applyTheme);

const isDark = () => {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === 'dark' : systemDark.matches;
};

/** Follows the person's choice, else the system's. */
export function applyTheme() {
  const chosen = memory.read('theme');
  if (chosen) document.documentElement.dataset.theme = chosen;
  document.documentElement.classList.toggle('is-dark', isDark());
}

export function switchTheme() {
  const chosen = isDark() ? 'light' : 'dark';
  document.documentElement.dataset.theme = chosen;
  memory.write('theme', chosen);
  applyTheme();
}
