import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import { pauseImage } from './node-files.ts';
import { run } from './run.ts';
import type { Timings } from './timings.ts';

const root = path.join(import.meta.dirname, '../..');
const cache = path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'wikigpt', 'images');
const suite = 'bookworm';
const debianPackages = ['libstdc++6', 'ca-certificates'];
const minute = 60_000;

export const imageTag = 'test';
/** The same images by the name of a release before this one. */
export const previousTag = 'previous';

/** The name of an image in the node; nothing is pulled. */
const imageName = (name: string, tag = imageTag) => `localhost/wikigpt-${name}:${tag}`;

export const images = {
  operator: imageName('operator'),
  trainer: imageName('trainer'),
  /** The stand-in for a trainer, with a client of OpenAI's API beside it. */
  fixture: imageName('fixture'),
} as const;

/** Names under which an image is known a second time. */
export const formerly: Readonly<Record<string, string>> = {
  [images.operator]: imageName('operator', previousTag),
  [images.trainer]: imageName('trainer', previousTag),
};

export interface BuiltImages {
  /** Files to import. */
  readonly archives: readonly string[];
  /** Bytes of the operator's image as a registry would hold it, compressed. */
  readonly operatorBytes: number;
}

/** Programs of the machine that build images. */
export const imagePrograms = ['buildah', 'mmdebstrap', 'npm'] as const;

/** Builds every image from the Dockerfile, on a base made of Debian's packages and the pinned Node; needs no registry. */
export async function buildImages(timings: Timings): Promise<BuiltImages> {
  mkdirSync(cache, { recursive: true });
  const base = await timings.part('base image', buildBase);
  const build = await timings.part('image that builds', () => buildWithNpm(base));
  const packages = (await run('npm', ['config', 'get', 'cache'])).trim();
  await timings.part('operator and trainer images', () =>
    Promise.all(
      (['operator', 'trainer'] as const).map((target) =>
        buildah([
          ...['bud', '--isolation', 'chroot', '--pull-never', '--layers', '--target', target, '-t', images[target]],
          ...['--build-arg', `BASE_IMAGE=${base}`, '--build-arg', `BUILD_IMAGE=${build}`],
          // Packages come from where npm on this machine takes them, and from what it has already.
          ...['-v', `${packages}:/var/cache/npm`, '-f', path.join(root, 'Dockerfile'), root],
        ]),
      ),
    ),
  );
  const withFixture = imageName('operator-with-fixture');
  const fixture = path.join(root, 'operator/fixtures');
  await layer(withFixture, images.operator, ['COPY . /app/operator/fixtures'], fixture);
  await layer(
    images.fixture,
    withFixture,
    ['COPY . /app/node_modules/openai', 'ENTRYPOINT ["node", "operator/fixtures/container.ts"]'],
    path.join(root, 'node_modules/openai'),
  );
  await layer(pauseImage, base, ['ENTRYPOINT ["sleep", "infinity"]']);
  return timings.part('archives of the images', exportImages);
}

function buildah(args: readonly string[]): Promise<string> {
  const places = ['--root', path.join(cache, 'storage'), '--runroot', path.join(cache, 'run')];
  return run('buildah', [...places, ...args], { timeoutMs: 15 * minute });
}

const imageId = async (image: string) =>
  (await buildah(['images', '--quiet', '--no-trunc', image]).catch(() => '')).trim().split('\n')[0] ?? '';

/** Debian's smallest set of packages with the Node of package-lock.json. */
async function buildBase(): Promise<string> {
  const node = path.join(root, 'node_modules/node/bin/node');
  const { version } = parse(readFileSync(path.join(root, 'node_modules/node/package.json'), 'utf8')) as {
    version: string;
  };
  const image = imageName(`base-${suite}-node-${version}`);
  if ((await imageId(image)) !== '') return image;
  const tree = path.join(cache, 'base.tar');
  const include = `--include=${debianPackages.join(',')}`;
  const slim = ['doc', 'man', 'info', 'locale'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
  if (!existsSync(tree)) {
    const unfinished = `${tree}.unfinished.tar`;
    await run('mmdebstrap', ['--variant=minbase', include, ...slim, suite, unfinished], { timeoutMs: 15 * minute });
    renameSync(unfinished, tree);
  }
  await layer(image, 'scratch', ['ADD base.tar /', 'COPY node /usr/local/bin/node'], cache, { node });
  rmSync(tree);
  return image;
}

/** The base with the npm of this machine. */
async function buildWithNpm(base: string): Promise<string> {
  const image = `${base.replace(':test', '')}-npm:test`;
  if ((await imageId(image)) !== '') return image;
  const command = (await run('sh', ['-c', 'readlink -f "$(command -v npm)"'])).trim();
  const npm = path.join(path.dirname(command), '..');
  await layer(
    image,
    base,
    ['COPY . /usr/local/lib/node_modules/npm', 'RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm'],
    npm,
  );
  return image;
}

/** Adds to an image what a few lines say, with the files of a folder and others by name. */
async function layer(
  image: string,
  from: string,
  lines: readonly string[],
  context = cache,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = path.join(cache, `${createHash('sha256').update(image).digest('hex').slice(0, 12)}.Dockerfile`);
  writeFileSync(file, [`FROM ${from}`, ...lines, ''].join('\n'));
  for (const [name, source] of Object.entries(files)) await run('cp', [source, path.join(context, name)]);
  await buildah(['bud', '--isolation', 'chroot', '--pull-never', '--layers', '-t', image, '-f', file, context]);
  for (const name of Object.keys(files)) rmSync(path.join(context, name));
  rmSync(file);
}

/** Writes each image into a file of its own, once for each state of it. */
async function exportImages(): Promise<BuiltImages> {
  const archives: string[] = [];
  let operatorBytes = 0;
  for (const image of [...Object.values(images), pauseImage]) {
    const id = await imageId(image);
    const name = image.replace(/^localhost\/(.*):test$/, '$1');
    const file = path.join(cache, `${name}-${id.replace('sha256:', '').slice(0, 12)}.tar`);
    if (!existsSync(file)) {
      for (const old of await run('find', [cache, '-maxdepth', '1', '-name', `${name}-*.tar`]).then((found) =>
        found.split('\n').filter(Boolean),
      ))
        rmSync(old);
      // Compressing takes longer than all the rest, and one image's size is promised.
      const compression = image === images.operator ? [] : ['--disable-compression'];
      await buildah(['push', ...compression, image, `oci-archive:${file}.unfinished:${image}`]);
      renameSync(`${file}.unfinished`, file);
    }
    archives.push(file);
    if (image === images.operator) operatorBytes = statSync(file).size;
  }
  return { archives, operatorBytes };
}
