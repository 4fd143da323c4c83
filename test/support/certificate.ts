import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';

/** A self-signed certificate with its key, both PEM. It is its own authority. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const ecdsaWithSha256 = sequence(tagged(0x06, Buffer.from('2a8648ce3d040302', 'hex')));

/** Makes a certificate for 127.0.0.1, valid from 2020 to 2049. Node can sign, but cannot write certificates. */
export function selfSigned(commonName: string): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const body = certificateBody(commonName, publicKey);
  const signature = sign('sha256', body, createPrivateKey(privateKey));
  const der = sequence(body, ecdsaWithSha256, bits(signature));
  const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
  return { cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key: privateKey };
}

/** `TBSCertificate` of RFC 5280. */
function certificateBody(commonName: string, publicKey: Buffer): Buffer {
  const version3 = tagged(0xa0, tagged(0x02, Buffer.from([2])));
  const serial = tagged(0x02, Buffer.from([1]));
  const validity = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'));
  const id = name(commonName);
  const extensions = tagged(0xa3, sequence(authority(), address()));
  return sequence(version3, serial, ecdsaWithSha256, id, validity, id, publicKey, extensions);
}

function name(commonName: string): Buffer {
  const commonNameId = tagged(0x06, Buffer.from('550403', 'hex'));
  return sequence(tagged(0x31, sequence(commonNameId, tagged(0x0c, Buffer.from(commonName)))));
}

/** basicConstraints: CA. */
function authority(): Buffer {
  const isCa = sequence(tagged(0x01, Buffer.from([0xff])));
  return sequence(tagged(0x06, Buffer.from('551d13', 'hex')), tagged(0x04, isCa));
}

/** subjectAltName: 127.0.0.1. */
function address(): Buffer {
  const names = sequence(tagged(0x87, Buffer.from([127, 0, 0, 1])));
  return sequence(tagged(0x06, Buffer.from('551d11', 'hex')), tagged(0x04, names));
}

function utcTime(text: string): Buffer {
  return tagged(0x17, Buffer.from(text));
}

function bits(value: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), value]));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** One DER element: tag, length, value. */
function tagged(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const short = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...short]), value]);
}
