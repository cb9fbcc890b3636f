// An image of any size through a network of fixed size, tile by tile.

// Cuts a side into parts: the first of the `tile` pixels to read, and which of them to keep. A halo of `halo` pixels
// is read on each side; at the image's own border it is a mirror image of what lies inside.
export function spans(length, tile, halo) {
  const kept = tile - 2 * halo;
  const count = Math.ceil(length / kept);
  return Array.from({length: count}, (_, i) => {
    const [start, stop] = [Math.floor(i * length / count), Math.floor((i + 1) * length / count)];
    return {read: start - halo, start, stop};
  });
}

// Positions folded back into 0..length-1.
function mirrored(position, length) {
  const within = ((position % (2 * length)) + 2 * length) % (2 * length);
  return within < length ? within : 2 * length - 1 - within;
}

// Upscales an image ({width, height, read(left, top, width, height) -> RGBA bytes}), row by row of tiles.
// run: Float32Array of tile*tile*3 values in [0, 1] -> Float32Array of (scale*tile)^2*3 values in [-1, 1].
// Yields {left, top, width, height, data: RGBA bytes, part}: a part of the result, in its pixels, and the fraction that
// is done.
export async function* upscaled(image, run, {tile, scale, halo}) {
  const rows = spans(image.height, tile, halo);
  const columns = spans(image.width, tile, halo);
  let done = 0;
  for (const row of rows) {
    for (const column of columns) {
      const lr = tileAt(image, column.read, row.read, tile);
      const input = new Float32Array(tile * tile * 3);
      for (let from = 0, to = 0; from < lr.length; from += 4) {
        for (let c = 0; c < 3; c++) input[to++] = lr[from + c] / 255;
      }
      const sr = await run(input);
      const [width, height] = [(column.stop - column.start) * scale, (row.stop - row.start) * scale];
      const offset = {x: (column.start - column.read) * scale, y: (row.start - row.read) * scale};
      const data = new Uint8ClampedArray(width * height * 4).fill(255);
      for (let y = 0, to = 0; y < height; y++) {
        let from = 3 * ((y + offset.y) * tile * scale + offset.x);
        for (let x = 0; x < width; x++, to += 4, from += 3) {
          // A clamped array rounds and clips by itself.
          for (let c = 0; c < 3; c++) data[to + c] = (sr[from + c] + 1) * 127.5;
        }
      }
      if (lr.some((value, i) => i % 4 === 3 && value < 255)) {
        const across = taps(image.width, column, tile, scale);
        const down = taps(image.height, row, tile, scale);
        bicubicAlpha(lr, tile, across, down, data);
      }
      yield {
        left: column.start * scale, top: row.start * scale, width, height, data,
        part: ++done / (rows.length * columns.length),
      };
    }
  }
}

// The pixels of a tile, RGBA, without the colour that transparent pixels hide.
function tileAt(image, left, top, tile) {
  const places = (start, length) => Array.from({length: tile}, (_, i) => mirrored(start + i, length));
  const [xs, ys] = [places(left, image.width), places(top, image.height)];
  const [x0, y0] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - x0 + 1, Math.max(...ys) - y0 + 1];
  const source = image.read(x0, y0, width, height);
  const pixels = new Uint8ClampedArray(tile * tile * 4);
  for (let y = 0, to = 0; y < tile; y++) {
    for (let x = 0; x < tile; x++, to += 4) {
      const from = 4 * ((ys[y] - y0) * width + xs[x] - x0);
      for (let c = 0; c < 4; c++) pixels[to + c] = source[from + c];
    }
  }
  fill(pixels, tile);
  return pixels;
}

// Gives invisible pixels the colour of a visible one nearby, which a network would otherwise mix with black.
function fill(pixels, side) {
  const seen = Array.from({length: side * side}, (_, i) => pixels[4 * i + 3] > 0);
  let border = seen.flatMap((visible, i) => (visible ? [i] : []));
  if (border.length === side * side) return;
  while (border.length) {
    const next = [];
    for (const i of border) {
      const [x, y] = [i % side, Math.floor(i / side)];
      for (const [dx, dy] of [[-1, 0], [1, 0], [0, -1], [0, 1]]) {
        const inside = x + dx >= 0 && x + dx < side && y + dy >= 0 && y + dy < side;
        const other = i + dx + dy * side;
        if (!inside || seen[other]) continue;
        for (let c = 0; c < 3; c++) pixels[4 * other + c] = pixels[4 * i + c];
        seen[other] = true;
        next.push(other);
      }
    }
    border = next;
  }
}

// For each kept pixel of the result along one side: four places in the tile and their weights, of the cubic kernel with
// a = -0.5 (Keys 1981). Pixels outside the image have no weight, as in Pillow.
function taps(length, {read, start, stop}, tile, scale) {
  return Array.from({length: (stop - start) * scale}, (_, i) => {
    const centre = start + (i + 0.5) / scale - 0.5;
    const first = Math.floor(centre) - 1;
    const places = [0, 1, 2, 3].map((k) => first + k);
    const weights = places.map((place) => (place < 0 || place >= length ? 0 : cubic(Math.abs(place - centre))));
    const sum = weights.reduce((a, b) => a + b);
    return {
      places: places.map((place) => Math.min(Math.max(place - read, 0), tile - 1)),
      weights: weights.map((weight) => weight / sum),
    };
  });
}

function cubic(x) {
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

// Writes the alpha of a tile, upscaled, into the result: a network would draw the texture of photographs into it.
function bicubicAlpha(lr, tile, across, down, data) {
  const wide = new Float32Array(tile * across.length);
  for (let y = 0, to = 0; y < tile; y++) {
    for (const {places, weights} of across) {
      wide[to++] = places.reduce((sum, x, k) => sum + weights[k] * lr[4 * (y * tile + x) + 3], 0);
    }
  }
  let to = 3;
  for (const {places, weights} of down) {
    for (let x = 0; x < across.length; x++, to += 4) {
      data[to] = places.reduce((sum, y, k) => sum + weights[k] * wide[y * across.length + x], 0);
    }
  }
}
