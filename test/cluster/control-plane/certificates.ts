import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bits,
  boolean,
  generalizedTime,
  integer,
  objectIdentifier,
  octets,
  sequence,
  set,
  tagged,
  taggedPrimitive,
  utf8,
} from './der.ts';

/** A certificate and its key, both in PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority extends Identity {
  readonly commonName: string;
}

export interface Subject {
  /** CN: the user of a client certificate. */
  readonly commonName: string;
  /** O: the groups of a client certificate. */
  readonly organizations?: readonly string[];
  /** DNS names and IPv4 addresses of a server certificate. */
  readonly names?: readonly string[];
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
const oneDayMs = 86_400_000;
const daysValid = 30;

/** Makes a certificate authority with a key on the curve P-256, good for 30 days from `now`. */
export function createAuthority(commonName: string, now: Date): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension('2.5.29.19', true, sequence(boolean(true))),
    // digitalSignature, keyCertSign and cRLSign.
    extension('2.5.29.15', true, bits(Buffer.from([0b1000_0110]), 1)),
    extension('2.5.29.14', false, octets(keyIdentifier(pair.publicKey))),
  ];
  const issuer = { commonName, key: pair.privateKey };
  return { ...signed(issuer, { commonName }, pair, extensions, now), commonName };
}

/** Makes a certificate that serves and connects, signed by `authority`, good for 30 days from `now`. */
export function issueCertificate(authority: Authority, subject: Subject, now: Date): Identity {
  const key = createPrivateKey(authority.key);
  const purposes = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'].map(objectIdentifier);
  const extensions = [
    // digitalSignature and keyEncipherment.
    extension('2.5.29.15', true, bits(Buffer.from([0b1010_0000]), 5)),
    // serverAuth and clientAuth.
    extension('2.5.29.37', false, sequence(...purposes)),
    extension('2.5.29.35', false, sequence(taggedPrimitive(0, keyIdentifier(createPublicKey(authority.key))))),
    ...(subject.names ? [extension('2.5.29.17', false, sequence(...subject.names.map(alternativeName)))] : []),
  ];
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signed({ commonName: authority.commonName, key }, subject, pair, extensions, now);
}

function signed(
  issuer: { readonly commonName: string; readonly key: KeyObject },
  subject: Subject,
  pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  extensions: readonly Buffer[],
  now: Date,
): Identity {
  const serial = randomBytes(16);
  // A serial number is positive and has no leading zero byte.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
  const version3 = tagged(0, integer(Buffer.from([2])));
  const toBeSigned = sequence(
    version3,
    integer(serial),
    ecdsaWithSha256,
    distinguishedName({ commonName: issuer.commonName }),
    // An hour back, for clocks that are behind.
    sequence(
      generalizedTime(new Date(now.getTime() - oneDayMs / 24)),
      generalizedTime(new Date(now.getTime() + daysValid * oneDayMs)),
    ),
    distinguishedName(subject),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensions)),
  );
  const certificate = sequence(toBeSigned, ecdsaWithSha256, bits(sign('sha256', toBeSigned, issuer.key)));
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function distinguishedName({ commonName, organizations = [] }: Subject): Buffer {
  const part = (oid: string, text: string) => set(sequence(objectIdentifier(oid), utf8(text)));
  return sequence(...organizations.map((name) => part('2.5.4.10', name)), part('2.5.4.3', commonName));
}

function extension(oid: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [boolean(true)] : []), octets(value));
}

function alternativeName(name: string): Buffer {
  return isIPv4(name)
    ? taggedPrimitive(7, Buffer.from(name.split('.').map(Number)))
    : taggedPrimitive(2, Buffer.from(name));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
