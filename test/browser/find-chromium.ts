import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a Chromium: $CHROMIUM, an installed one, or Debian's package where root may install it; null when there is none. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  const { CHROMIUM: named } = env;
  if (named) return named;
  const installed = places.find(existsSync);
  if (installed) return installed;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null;
  const install = () =>
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  try {
    install();
  } catch {
    try {
      // Fresh containers have no package lists.
      execFileSync('apt-get', ['update'], { stdio: 'ignore' });
      install();
    } catch (error) {
      process.stderr.write(`Chromium cannot be installed: ${(error as Error).message}\n`);
    }
  }
  return places.find(existsSync) ?? null;
}

/** Flags that keep a headless Chromium to itself: no sandbox (containers have none), no calls to its maker. */
export const chromiumFlags: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
