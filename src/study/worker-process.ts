/** @file The child process of a study. */
import { Worker } from "./run-work.ts";
import { serve } from "./serve.ts";

serve(new Worker());
