/** The tables that a configuration chooses from. */
export { families } from "../learners/families.ts";
export { modalities } from "../modalities/modalities.ts";
export { labelKinds, objectiveKinds, taskKinds } from "../tasks/tasks.ts";
