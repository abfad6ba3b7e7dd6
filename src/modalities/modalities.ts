import type { ColumnProfile } from "../data/profile.ts";
import { audio } from "./audio/audio.ts";
import { boolean } from "./boolean/boolean.ts";
import { category } from "./category/category.ts";
import { identifierScore } from "./category/recognise.ts";
import { datetime } from "./datetime/datetime.ts";
import { geo } from "./geo/geo.ts";
import { image } from "./image/image.ts";
import type { Modality } from "./modality.ts";
import { number } from "./number/number.ts";
import { series } from "./series/series.ts";
import { set } from "./set/set.ts";
import { text } from "./text/text.ts";
import { vector } from "./vector/vector.ts";

/** All modalities, one row each. */
export const modalities = {
  number,
  category,
  boolean,
  datetime,
  geo,
  set,
  vector,
  series,
  text,
  image,
  audio,
} as const;

export type ModalityName = keyof typeof modalities;

/** The modality of a name, with its types left open. */
export function modalityNamed(name: ModalityName): Modality {
  return modalities[name] as unknown as Modality;
}

/** The modality that fits a column best; undefined for identifiers and columns that none can read. */
export function recogniseModality(profile: ColumnProfile): ModalityName | undefined {
  let best: ModalityName | undefined;
  let highest = identifierScore;
  for (const name of Object.keys(modalities) as ModalityName[]) {
    const score = modalities[name].recognise(profile);
    if (score > highest) {
      best = name;
      highest = score;
    }
  }
  return best;
}
