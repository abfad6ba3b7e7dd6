/** @file The child process that trains the models of a front. */
import { serve } from "../study/serve.ts";
import { trainer } from "./train-work.ts";

serve(trainer());
