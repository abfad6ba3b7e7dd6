/**
 * The few methods of `sharp` that the image modality calls, on a canvas. Pictures that have the model's
 * size already come out equal, but for translucent ones, which differ by one level in 255 at most places;
 * resizing differs more, as a browser's filter is its own.
 */

const white = { r: 255, g: 255, b: 255 };

class Picture {
  #bytes;
  #background = white;
  #grey = false;
  #size;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  /** Browsers turn pictures upright by themselves. */
  autoOrient() {
    return this;
  }

  toColourspace() {
    return this;
  }

  raw() {
    return this;
  }

  flatten({ background }) {
    this.#background = background;
    return this;
  }

  grayscale() {
    this.#grey = true;
    return this;
  }

  resize(size) {
    this.#size = size;
    return this;
  }

  async metadata() {
    const { width, height } = await createImageBitmap(new Blob([this.#bytes]));
    return { width, height, autoOrient: { width, height } };
  }

  async toBuffer() {
    const bitmap = await createImageBitmap(new Blob([this.#bytes]));
    const { width, height, fit } = this.#size ?? {
      width: bitmap.width,
      height: bitmap.height,
      fit: "fill",
    };
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = this.#background;
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    const [across, down] = [width / bitmap.width, height / bitmap.height];
    const scales = {
      contain: [Math.min(across, down), Math.min(across, down)],
      cover: [Math.max(across, down), Math.max(across, down)],
      fill: [across, down],
    };
    const [x, y] = scales[fit];
    const [w, h] = [Math.round(bitmap.width * x), Math.round(bitmap.height * y)];
    context.drawImage(bitmap, Math.floor((width - w) / 2), Math.floor((height - h) / 2), w, h);
    const { data } = context.getImageData(0, 0, width, height);
    return this.#grey ? greyOf(data) : colourOf(data);
  }
}

function colourOf(rgba) {
  const data = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    data[to++] = rgba[from];
    data[to++] = rgba[from + 1];
    data[to++] = rgba[from + 2];
  }
  return { data, info: { channels: 3 } };
}

/** Linear light of each level of sRGB. */
const light = Float64Array.from({ length: 256 }, (_, level) => {
  const x = level / 255;
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
});

/** Luminance, as sharp computes grey. */
function greyOf(rgba) {
  const data = new Uint8Array(rgba.length / 4);
  for (let i = 0; i < data.length; i++) {
    const [r, g, b] = [light[rgba[4 * i]], light[rgba[4 * i + 1]], light[rgba[4 * i + 2]]];
    const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    data[i] = Math.round(255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055));
  }
  return { data, info: { channels: 1 } };
}

function sharp(bytes) {
  return new Picture(bytes);
}

/** sharp keeps decoded pictures unless told not to; here there is nothing to tell. */
sharp.cache = () => {};

export { sharp as default };
