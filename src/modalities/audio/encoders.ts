import { sequenceEncoders } from "../sequence/sequence-encoders.ts";
import { spectrogram } from "./spectrogram-encoder.ts";

/** How frames of sound are read: as a picture, or by any encoder of sequences. */
export const soundEncoders = { spectrogram, ...sequenceEncoders } as const;
