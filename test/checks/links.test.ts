import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { files, read, root } from './tree.ts';

const pages = files('*.md');

interface Link {
  readonly page: string;
  readonly target: string;
}

/** Links and images of a page that stay inside the repository; code is not looked at. */
function relativeLinks(page: string): Link[] {
  const prose = read(page)
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** The anchors that a page's headings get on a code forge. */
function anchors(page: string): Set<string> {
  return new Set(
    [...read(page).matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}

function isBroken({ page, target }: Link): boolean {
  const [file = '', anchor] = target.split('#');
  const absolute = file === '' ? page : path.posix.join(path.posix.dirname(page), decodeURI(file));
  if (!existsSync(path.join(root, absolute))) return true;
  return anchor !== undefined && absolute.endsWith('.md') && !anchors(absolute).has(anchor);
}

test('every relative link leads to a file and a heading that exist', () => {
  const links = pages.flatMap(relativeLinks);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(isBroken)).toEqual([]);
});

test('a broken link is noticed', () => {
  expect(isBroken({ page: 'README.md', target: 'docs/no-such-page.md' })).toBe(true);
  expect(isBroken({ page: 'README.md', target: 'README.md#no-such-heading' })).toBe(true);
});
