// Looks for the number that solves the puzzle of a tip-off form: SHA-256 (FIPS 180-4) of "challenge:number"
// with enough leading zero bits. Written out, because crypto.subtle is missing on plain http.
"use strict";

const K = new Uint32Array(64);
const START = new Uint32Array(8);

// The constants of the standard: fractions of the roots of the first primes.
(() => {
  const fraction = (root) => ((root - Math.floor(root)) * 2 ** 32) >>> 0;
  let found = 0;
  for (let candidate = 2; found < 64; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
      if (candidate % divisor === 0) {
        prime = false;
        break;
      }
    }
    if (prime) {
      if (found < 8) START[found] = fraction(Math.sqrt(candidate));
      K[found] = fraction(Math.cbrt(candidate));
      found += 1;
    }
  }
})();

const W = new Uint32Array(64);

function compress(state, block) {
  for (let i = 0; i < 16; i += 1) {
    W[i] = (block[4 * i] << 24) | (block[4 * i + 1] << 16) | (block[4 * i + 2] << 8) | block[4 * i + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const S1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + S1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const S0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (S0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return [a + state[0], b + state[1], c + state[2], d + state[3], e + state[4], f + state[5], g + state[6], h + state[7]];
}

function solve(challenge, bits) {
  const prefix = `${challenge}:`;
  const whole = prefix.length - (prefix.length % 64);
  const block = new Uint8Array(64);
  let middle = Array.from(START);
  // The blocks that are the same for every number are compressed once.
  for (let at = 0; at < whole; at += 64) {
    for (let i = 0; i < 64; i += 1) block[i] = prefix.charCodeAt(at + i);
    middle = compress(middle, block);
  }
  for (let number = 0; ; number += 1) {
    const rest = `${prefix.slice(whole)}${number}`;
    const length = whole + rest.length;
    const blocks = Math.ceil((rest.length + 9) / 64);
    let state = middle;
    for (let at = 0; at < blocks; at += 1) {
      for (let i = 0; i < 64; i += 1) {
        const place = 64 * at + i;
        block[i] = place < rest.length ? rest.charCodeAt(place) : place === rest.length ? 0x80 : 0;
      }
      if (at === blocks - 1) {
        block[60] = (length * 8) >>> 24;
        block[61] = (length * 8) >>> 16;
        block[62] = (length * 8) >>> 8;
        block[63] = length * 8;
      }
      state = compress(state, block);
    }
    if (bits === 0 || (state[0] >>> 0) >>> (32 - bits) === 0) return String(number);
  }
}

self.onmessage = (event) => self.postMessage(solve(event.data.challenge, event.data.bits));
