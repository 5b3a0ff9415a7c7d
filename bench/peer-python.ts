import { execFile, spawn } from 'node:child_process';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** What the peers of our benches are made of, to the version. */
const packages = { torch: '2.15.0', transformers: '5.24.0', peft: '0.21.2' } as const;

const installedVersions = `
import importlib.metadata as m, json, sys
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return None
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
`;

/**
 * Path of a Python that has the peers, in a virtual environment in the user's cache folder; installs them the first time.
 *
 * @throws Error when there is no Python 3 or the installation fails, with what to do.
 */
export async function peerPython(say: (sentence: string) => void): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
  const folder = path.join(cache, 'wikigpt', 'bench-python');
  const python = path.join(folder, 'bin', 'python');
  if (await hasPackages(python)) return python;
  const wanted = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  say(`Installing ${wanted.join(', ')} into ${folder}; once, several gigabytes.`);
  await run('python3', ['-m', 'venv', folder], 'Install Python 3 with its venv module.');
  await run(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted],
    'Read what pip says above; pip obeys PIP_INDEX_URL and PIP_EXTRA_INDEX_URL.',
  );
  return python;
}

async function hasPackages(python: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', installedVersions, ...Object.keys(packages)]);
    const found = JSON.parse(stdout) as Record<string, string | null>;
    // torch adds its build, as in 2.15.0+cpu.
    return Object.entries(packages).every(([name, version]) => found[name]?.split('+')[0] === version);
  } catch {
    return false;
  }
}

async function run(program: string, args: readonly string[], advice: string): Promise<void> {
  const code = await new Promise<number | string>((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, signal) => resolve(status ?? signal ?? 'nothing'));
  });
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${code}. ${advice}`);
}
