import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A page that is complete in itself, and the policy under which it may run. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

// In order: later rules win.
const styles = ['base.css', 'header.css', 'conversation.css', 'composer.css', 'settings.css', 'small-screens.css'];

// In order: each may use what those before it export.
const scripts = ['texts.js', 'preferences.js', 'model.js', 'answer-stream.js', 'conversation.js', 'page.js'];

/** A module's text as part of one larger module: its imports are already there, and nobody imports from it. */
const joinable = (source: string): string => source.replaceAll(/^import [^;]*;\n/gm, '').replaceAll(/^export /gm, '');

/** Puts the page's styles and scripts, kept in files of their own, into one HTML text; the policy allows these two by hash. */
export function buildPage(): Page {
  const read = (name: string): string => readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
  const style = styles.map(read).join('\n');
  const script = scripts.map((name) => joinable(read(name))).join('\n');
  // Functions, since "$&" in a replacement text means something.
  const html = read('page.html')
    .replace('<link rel="stylesheet" href="base.css" />', () => `<style>${style}</style>`)
    .replace('<script type="module" src="page.js"></script>', () => `<script type="module">${script}</script>`);
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const contentSecurityPolicy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, contentSecurityPolicy };
}
