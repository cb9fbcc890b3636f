// An image of any size through a network of fixed size.

// Cuts a side into parts: where to read `tile` pixels, and which of them to keep. Neighbours share `halo`
// pixels on each side of their border; at the image's own border there is none to share.
export function spans(length, tile, halo) {
  const parts = [];
  for (let start = 0; start < length;) {
    const read = Math.max(0, Math.min(start - halo, length - tile));
    const stop = read + tile >= length ? length : read + tile - halo;
    parts.push({read, start, stop});
    start = stop;
  }
  return parts;
}

// Positions folded back into 0..length-1, for images smaller than a tile.
function mirrored(position, length) {
  const within = position % (2 * length);
  return within < length ? within : 2 * length - 1 - within;
}

// Upscales `image` ({data: RGBA bytes, width, height}).
// run: Float32Array of tile*tile*3 values in [0, 1] -> Float32Array of (scale*tile)^2*3 values in [-1, 1].
// Gives an ImageData-like object of scale times the size. `progress` is told the finished fraction.
export async function upscale(image, run, {tile, scale, halo}, progress = () => {}) {
  const {width, height} = image;
  const rows = spans(height, tile, halo);
  const columns = spans(width, tile, halo);
  const sr = new Uint8ClampedArray(width * height * scale * scale * 4).fill(255);
  const lr = new Float32Array(tile * tile * 3);
  let done = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let y = 0, at = 0; y < tile; y++) {
        const line = mirrored(row.read + y, height) * width;
        for (let x = 0; x < tile; x++) {
          const from = 4 * (line + mirrored(column.read + x, width));
          for (let c = 0; c < 3; c++) lr[at++] = image.data[from + c] / 255;
        }
      }
      const result = await run(lr);
      for (let y = row.start * scale; y < row.stop * scale; y++) {
        const line = (y - row.read * scale) * tile * scale - column.read * scale;
        for (let x = column.start * scale; x < column.stop * scale; x++) {
          const from = 3 * (line + x);
          const to = 4 * (y * width * scale + x);
          // A clamped array rounds and clips by itself.
          for (let c = 0; c < 3; c++) sr[to + c] = (result[from + c] + 1) * 127.5;
        }
      }
      progress(++done / (rows.length * columns.length));
      await new Promise((resume) => setTimeout(resume));  // lets the page show it
    }
  }
  return {data: sr, width: width * scale, height: height * scale};
}
