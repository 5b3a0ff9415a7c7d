import { z } from 'zod';
import { TrainerError } from '../../errors.ts';
import type { StoreSettings } from '../store-settings.ts';

const entry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
});
const dockerConfig = z.object({ auths: z.record(z.string(), entry).default({}) });

/** The value of a Basic header for a registry: by OCI_USERNAME and OCI_PASSWORD, or from a docker config; undefined when neither is there. */
export function registryCredentials(registry: string, value: StoreSettings): string | undefined {
  const username = value('OCI_USERNAME');
  if (username !== undefined) return basic(`${username}:${value('OCI_PASSWORD') ?? ''}`);
  const text = value('.dockerconfigjson') ?? value('config.json');
  if (text === undefined) return undefined;
  let config: z.infer<typeof dockerConfig>;
  try {
    config = dockerConfig.parse(JSON.parse(text));
  } catch (cause) {
    throw new TrainerError(
      'InvalidSpec',
      'The docker config of the Secret is not {"auths": {"registry": {"auth": "…"}}}; make it with kubectl create secret docker-registry.',
      { cause },
    );
  }
  const names = registry === 'docker.io' ? ['docker.io', 'index.docker.io'] : [registry];
  const found = Object.entries(config.auths).find(([key]) => names.includes(hostOf(key)))?.[1];
  if (found === undefined) return undefined;
  return found.auth === undefined ? basic(`${found.username ?? ''}:${found.password ?? ''}`) : `Basic ${found.auth}`;
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** A key is a host, or an address such as https://index.docker.io/v1/. */
const hostOf = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
