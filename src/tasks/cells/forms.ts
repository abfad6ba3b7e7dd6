import type { CellForm } from "../../core/cell-target.ts";
import { oneClass } from "./class.ts";
import type { Form } from "./form.ts";
import { members } from "./members.ts";
import { values } from "./values.ts";

/** Every form of cells. */
export const forms: Readonly<Record<CellForm, Form>> = { values, members, class: oneClass };
