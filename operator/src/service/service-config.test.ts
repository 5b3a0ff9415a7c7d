import { expect, test } from 'vitest';
import { serviceConfig } from './service-config.ts';

const least = { WIKIGPT_TRAINER_IMAGE: 'trainer:1', WIKIGPT_ENDPOINT: 'http://operator:8080' };

test('an image and an address are enough', () => {
  expect(serviceConfig(least)).toMatchObject({
    settings: { image: 'trainer:1', endpoint: 'http://operator:8080', workStorage: '10Gi', localFiles: false },
    listen: { host: '0.0.0.0', port: 8080 },
    watchdogMs: 300_000,
  });
  expect(serviceConfig(least).settings).toMatchObject({ defaultMemory: '4Gi' });
  expect(serviceConfig(least).settings.createClaims).toBeUndefined();
});

test('claims are made when their size is known', () => {
  const env = { ...least, WIKIGPT_STORAGE: '5Gi', WIKIGPT_STORAGE_CLASS: 'fast' };
  expect(serviceConfig(env).settings.createClaims).toEqual({ storage: '5Gi', storageClassName: 'fast' });
});

test('results go to the default store that is set', () => {
  expect(serviceConfig(least).settings.defaultStore).toBe('pvc://wikigpt-models');
  const env = { ...least, WIKIGPT_DEFAULT_STORE: 's3://models/team' };
  expect(serviceConfig(env).settings.defaultStore).toBe('s3://models/team');
});

test.for([
  [{ WIKIGPT_ENDPOINT: 'http://operator' }, 'WIKIGPT_TRAINER_IMAGE is not set'],
  [{ ...least, WIKIGPT_ENDPOINT: 'https://operator' }, 'https needs the folder'],
  [{ ...least, WIKIGPT_TLS_FOLDER: '/tls' }, 'http must not have it'],
  [{ ...least, WIKIGPT_LISTEN: '8080' }, 'WIKIGPT_LISTEN is 8080: it must be host:port'],
  [{ ...least, WIKIGPT_DEFAULT_MEMORY: 'much' }, 'WIKIGPT_DEFAULT_MEMORY is much: it must be an amount of memory'],
  [{ ...least, WIKIGPT_DEFAULT_STORE: 'models' }, 'WIKIGPT_DEFAULT_STORE is models: it must be a place'],
  [{ ...least, WIKIGPT_WATCHDOG_SECONDS: 'soon' }, 'WIKIGPT_WATCHDOG_SECONDS is soon'],
] as const)('%j is refused: %s', ([env, sentence]) => {
  expect(() => serviceConfig(env)).toThrow(sentence);
});
