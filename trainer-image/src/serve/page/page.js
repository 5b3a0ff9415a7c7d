import { ask, isAnswering, showComposer, showConversation, startAnew, stop } from './conversation.js';
import { keepSettings, loadModel, showModel } from './model.js';
import { applyTheme, byId, language, memory, setLanguage, switchTheme } from './preferences.js';

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  if (isAnswering()) stop();
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
byId('samples').addEventListener(
  'click',
  ({ target }) => target instanceof HTMLButtonElement && ask(target.textContent),
);
byId('new').addEventListener('click', startAnew);
byId('language').addEventListener('click', () => {
  const other = language() === 'zh' ? 'en' : 'zh';
  memory.write('language', other);
  speak(other);
});
byId('theme').addEventListener('click', switchTheme);
byId('settings').addEventListener('click', () => byId('drawer').showModal());
byId('drawer').addEventListener('click', ({ target }) => target === byId('drawer') && byId('drawer').close());
keepSettings();

function speak(chosen) {
  setLanguage(chosen);
  showModel();
  showConversation();
}

applyTheme();
speak(language());
void loadModel();
