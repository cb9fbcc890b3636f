// A PNG file written row by row, so that an image may be larger than any canvas (PNG specification, third edition).

const SIGNATURE = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
const PAETH = 4;
const CRC = Uint32Array.from({length: 256}, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

// A chunk: length, type, data and checksum.
function chunk(type, data) {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < 8 + data.length; i++) crc = CRC[(crc ^ bytes[i]) & 255] ^ (crc >>> 8);
  view.setUint32(8 + data.length, ~crc >>> 0);
  return bytes;
}

// Opens a file of 8-bit RGBA, or RGB for an opaque image.
// Gives {write(rows: RGBA bytes of whole rows), finish() -> Blob, abandon()}.
export function pngFile(width, height, opaque) {
  const channels = opaque ? 3 : 4;
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, opaque ? 2 : 6], 8);
  const parts = [SIGNATURE, chunk("IHDR", header)];

  const zlib = new CompressionStream("deflate");
  const writer = zlib.writable.getWriter();
  const collected = (async () => {
    const reader = zlib.readable.getReader();
    for (;;) {
      const {done, value} = await reader.read();
      if (done) return;
      // A blob may lie on disk, where an array may not.
      parts.push(new Blob([chunk("IDAT", value)]));
    }
  })();
  collected.catch(() => {});  // finish() tells of it
  let above = new Uint8Array(width * channels);

  async function write(rows) {
    const count = rows.length / (4 * width);
    const filtered = new Uint8Array(count * (1 + width * channels));
    for (let y = 0, at = 0, from = 0; y < count; y++) {
      const line = new Uint8Array(width * channels);
      for (let to = 0; to < line.length; from += 4) {
        for (let c = 0; c < channels; c++) line[to++] = rows[from + c];
      }
      filtered[at++] = PAETH;
      for (let i = 0; i < line.length; i++) {
        const a = i < channels ? 0 : line[i - channels];
        const b = above[i];
        const c = i < channels ? 0 : above[i - channels];
        const pa = Math.abs(b - c), pb = Math.abs(a - c), pc = Math.abs(a + b - 2 * c);
        filtered[at++] = line[i] - (pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
      }
      above = line;
    }
    await writer.write(filtered);
  }

  async function finish() {
    await writer.close();
    await collected;
    return new Blob([...parts, chunk("IEND", new Uint8Array(0))], {type: "image/png"});
  }

  return {write, finish, abandon: () => writer.abort().catch(() => {})};
}
