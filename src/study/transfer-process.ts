/** @file The child process of a comparison of transfer with training from scratch. */
import { serve } from "./serve.ts";
import { transferring } from "./transfer-fit.ts";

serve(transferring.create());
