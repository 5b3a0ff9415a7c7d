import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serve } from '../../trainer-image/src/commands/serve.ts';
import { silent, type Logger } from '../../trainer-image/src/log.ts';
import { writeTinyPod } from '../../trainer-image/src/serve/tiny-model-folder.ts';
import { chromiumFlags, findChromium } from './find-chromium.ts';

const executablePath = findChromium(process.env);
if (executablePath === null && process.env['CI'])
  throw new Error('The browser tests need Chromium: install the package "chromium" or set CHROMIUM to its path.');
if (executablePath === null)
  process.stderr.write(
    '\nNOT RUN: the chat page was not tried in a browser. Install the package "chromium" or set CHROMIUM to its path.\n\n',
  );

describe.skipIf(executablePath === null)('the chat page', () => {
  const context = 8192;
  const stop = new AbortController();
  let root: string;
  let origin: string;
  const ended: Promise<void>[] = [];
  let browser: Browser;
  let session: BrowserContext;
  let page: Page;
  let strangers: string[];
  let complaints: string[];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'chat-page-'));
    // Room for an answer of several seconds, which is still growing when a test stops it; the others ask for less.
    await writeTinyPod(root, {}, { context, maxTokens: 400 });
    origin = await serving(root);
    browser = await chromium.launch({ executablePath: executablePath!, args: [...chromiumFlags] });
  });
  afterAll(async () => {
    await browser?.close();
    stop.abort();
    await Promise.all(ended);
    await rm(root, { recursive: true });
  });

  /** Serves a pod's root until the tests end, and gives its address. */
  async function serving(root: string): Promise<string> {
    const listening = Promise.withResolvers<number>();
    let port = 0;
    const info = (message: string, fields: { port: number }): void => {
      if (message === 'ready') listening.resolve(port);
      if (message === 'listening') ({ port } = fields);
    };
    const logger = { ...silent, info } as unknown as Logger;
    const running = serve({ root, port: 0, threads: 1, environment: {} }, logger, stop.signal);
    running.catch(listening.reject);
    ended.push(running);
    return `http://127.0.0.1:${await listening.promise}`;
  }

  beforeEach(async () => {
    await open('en-US', origin);
  });
  afterEach(async () => {
    await session.close();
    if (strangers.length > 0) throw new Error(`The page asked others: ${strangers.join(', ')}`);
    if (complaints.length > 0) throw new Error(`The page complained: ${complaints.join('; ')}`);
  });

  async function open(locale: string, origin: string): Promise<void> {
    await session?.close();
    session = await browser.newContext({ locale, viewport: { width: 1000, height: 700 } });
    page = await session.newPage();
    strangers = [];
    complaints = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(origin);
    await page.locator('#model', { hasText: 'tiny' }).waitFor();
  }

  const answers = () => page.locator('#conversation .answer');
  const settled = () => page.locator('#send.busy').waitFor({ state: 'detached' });

  it('takes a typed question and shows the answer as it grows', async () => {
    // Every length that the answer had, as the page itself saw it.
    await page.evaluate(`
      lengths = [];
      new MutationObserver(() => lengths.push(document.querySelector('.answer')?.textContent.length ?? 0)).observe(
        document.querySelector('#conversation'),
        { childList: true, characterData: true, subtree: true },
      );
    `);
    await page.keyboard.type('What is the capital of France?');
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.locator('.asked').textContent()).toBe('What is the capital of France?');
    expect(((await answers().textContent()) ?? '').length).toBeGreaterThan(20);
    const lengths = await page.evaluate<number[]>('lengths');
    const grown = [...new Set(lengths)];
    expect(grown.length).toBeGreaterThan(10);
    expect(grown).toEqual(grown.toSorted((a, b) => a - b));
    expect(await page.locator('.speed').textContent()).toMatch(/tokens · .*\/s/);
    expect(await page.evaluate('document.activeElement.id')).toBe('question');
  });

  it('starts a line with Shift+Enter, and neither sends an empty question nor runs what was typed', async () => {
    await page.keyboard.press('Enter');
    await page.keyboard.type('<img src=x onerror=alert(1)>');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.locator('.asked').allTextContents()).toEqual(['<img src=x onerror=alert(1)>\ntwo']);
    expect(await page.locator('.asked img').count()).toBe(0);
  });

  it('stops with Escape and keeps what came, asks again, and starts anew', async () => {
    await page.click('#settings');
    await page.fill('#max-tokens', '8000');
    await page.keyboard.press('Escape');
    // So small a model is too fast for hands: the page itself acts as soon as some of the answer is there.
    const atOnce = (act: string) =>
      page.evaluate(`
        new MutationObserver((_, self) => {
          if (!document.querySelector('.busy') || document.querySelector('.answer').textContent.length < 5) return;
          self.disconnect();
          ${act};
        }).observe(document.querySelector('#conversation'), { childList: true, characterData: true, subtree: true });
      `);
    await atOnce("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))");
    await page.fill('#question', 'Tell me everything');
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.locator('.speed').textContent()).toContain('Stopped');
    expect(((await answers().textContent()) ?? '').length).toBeGreaterThanOrEqual(5);

    await page.fill('#question', 'kept');
    await atOnce("document.querySelector('#send').click()");
    await page.click('.retry');
    await settled();
    expect(await page.locator('.speed').textContent()).toContain('Stopped');
    expect(await page.inputValue('#question')).toBe('kept');
    expect(await page.locator('#conversation li').count()).toBe(1);
    await page.click('#new');
    expect(await page.locator('#conversation li').count()).toBe(0);
    expect(await page.locator('#welcome').isVisible()).toBe(true);
  });

  it('shows what the server says when it refuses', async () => {
    await page.fill('#question', 'word '.repeat(context));
    await page.keyboard.press('Enter');
    await settled();
    expect(await answers().textContent()).toMatch(new RegExp(`reads at most ${context}`));
    expect(await page.locator('.reply.failed').count()).toBe(1);
    // The browser itself reports the status 400.
    complaints = complaints.filter((text) => !text.includes('400'));
  });

  it('speaks the language of the browser, and the other one on request', async () => {
    await open('zh-CN', origin);
    expect(await page.locator('h1').textContent()).toBe('想知道什么？');
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    await page.click('#language');
    expect(await page.locator('h1').textContent()).toBe('What would you like to know?');
    await page.reload();
    expect(await page.locator('h1').textContent()).toBe('What would you like to know?');
    const untranslated = await page.evaluate(`
      [...document.querySelectorAll('[data-text], [data-label]')].filter(
        (element) => !(element.textContent.trim() || element.getAttribute('aria-label')),
      ).length`);
    expect(untranslated).toBe(0);
  });

  it('shows the answer of another model beside its own, each with its speed', async () => {
    const second = join(root, 'second');
    await writeTinyPod(second, {}, { maxTokens: 12, peer: { name: 'tiny-teacher', url: origin } });
    await open('en-US', await serving(second));
    await page.locator('#facts', { hasText: 'beside tiny-teacher' }).waitFor();
    await page.fill('#question', 'What is the capital of France?');
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.locator('.who').allTextContents()).toEqual([
      expect.stringMatching(/^tiny · .*parameters$/),
      expect.stringMatching(/^tiny-teacher/),
    ]);
    for (const text of await answers().allTextContents()) expect(text.length).toBeGreaterThan(5);
    for (const speed of await page.locator('.speed').allTextContents())
      expect(speed).toMatch(/tokens · \d+ ms · .*\/s/);
    const [own, other] = await page.locator('.reply').all();
    expect((await own!.boundingBox())!.y).toBe((await other!.boundingBox())!.y);
    await own!.locator('.retry').click();
    await settled();
    expect(await page.locator('.reply.failed').count()).toBe(0);
  });

  it('changes between light and dark and remembers it', async () => {
    const paper = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const before = await paper();
    await page.click('#theme');
    const after = await paper();
    expect(after).not.toBe(before);
    await page.reload();
    expect(await paper()).toBe(after);
  });

  it('fits a narrow screen without scrolling sideways', async () => {
    await page.setViewportSize({ width: 320, height: 600 });
    await page.fill('#question', 'x'.repeat(120));
    await page.keyboard.press('Enter');
    await settled();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320);
    expect(await page.locator('#send').isVisible()).toBe(true);
  });

  it('can be used by the keyboard alone, every control having a name', async () => {
    await page.keyboard.type('Question');
    const focused: string[] = [];
    for (let i = 0; i < 6; i++) {
      await page.keyboard.press('Tab');
      focused.push(await page.evaluate<string>('document.activeElement.id'));
    }
    expect(focused).toEqual(expect.arrayContaining(['send', 'language', 'theme', 'settings']));
    const nameless = await page.evaluate(`
      [...document.querySelectorAll('button, input, textarea')].filter(
        (element) => !element.getAttribute('aria-label') && !element.labels?.length && !element.textContent.trim(),
      ).length`);
    expect(nameless).toBe(0);
  });
});
