import { describe, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { type BadCase, configText, expectMessage, failureOf, refused } from "./harness.ts";

/** What the text of a configuration alone shows to be wrong. */
const texts: BadCase[] = [
  {
    what: "a misspelt section",
    config: { trainning: "{ epochs: 2 }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:6:1: trainning: a known option; got trainning",
    hint: /^did you mean training\?/,
  },
  {
    what: "a misspelt option",
    config: { training: "{ epoch: 2 }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:5:13: training.epoch: a known option; got epoch",
    hint: /^did you mean epochs\?/,
  },
  {
    what: "a misspelt option of a kind",
    config: { inputs: "{ x: { type: number, bin: 4 } }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:2:30: inputs.x.bin: a known option for type number; got bin",
    hint: /bins/,
  },
  {
    what: "no epoch",
    config: { training: "{ epochs: 0 }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:5:21: training.epochs: an integer from 1 to 100000; got 0",
  },
  {
    what: "a learning rate below zero",
    config: { training: "{ optimizer: { type: adam, learningRate: -1 } }" },
    code: "CONFIG_INVALID",
    message:
      "config.yaml:5:52: training.optimizer.learningRate: a number above 0 and at most 1000; got -1",
  },
  {
    what: "a word for a number",
    config: { training: "{ batchSize: many }" },
    code: "CONFIG_INVALID",
    message: /^config\.yaml:5:24: training\.batchSize: an integer from 1 to 1000000; got "many"$/,
  },
  {
    what: "a task weight of 1",
    config: { tasks: "{ price: { type: regression, weight: 1 }, ok: binary }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:3:45: tasks.price.weight: a number above 0 and below 1; got 1",
  },
  {
    what: "a task weight of 0",
    config: { tasks: "{ price: { type: regression, weight: 0 }, ok: binary }" },
    code: "CONFIG_INVALID",
    message: "config.yaml:3:45: tasks.price.weight: a number above 0 and below 1; got 0",
  },
  {
    what: "selection on test rows",
    config: { training: "{ earlyStopping: { rule: test } }" },
    code: "CONFIG_INVALID",
    message: 'config.yaml:5:36: training.earlyStopping.rule: a rule on validation rows; got "test"',
    hint: "test rows never choose a model; use meanRank, all, any or a task",
  },
  {
    what: "selection on no task",
    config: { training: "{ earlyStopping: { rule: prise } }" },
    code: "CONFIG_INVALID",
    message:
      'config.yaml:5:36: training.earlyStopping.rule: meanRank, all, any or a task (price, ok); got "prise"',
    hint: "did you mean price?",
  },
  {
    what: "patience without validation rows",
    config: {
      training: "{ earlyStopping: { patience: 2 } }",
      split: "{ type: random, fractions: { validation: 0, test: 0.2 } }",
    },
    code: "CONFIG_INVALID",
    message:
      "config.yaml:5:40: training.earlyStopping.patience: 0 where no row is for validation; got 2",
  },
  {
    what: "shares of more than all rows",
    config: { split: "{ type: random, fractions: { validation: 0.6, test: 0.5 } }" },
    code: "CONFIG_INVALID",
    message: /^config\.yaml:6:35: split\.fractions: shares from 0 to 1, above 0 for train; got /,
  },
  {
    what: "a task that is also an input",
    config: { inputs: "[x, price]" },
    code: "CONFIG_INVALID",
    message:
      'config.yaml:3:10: tasks.price: a task that is not also an input; got column "price", which inputs.price reads',
    hint: /learns nothing/,
  },
  {
    what: "a task whose column is also an input",
    config: { inputs: "{ x: number, p: { type: number, column: price } }" },
    code: "CONFIG_INVALID",
    message:
      'config.yaml:3:10: tasks.price: a task that is not also an input; got column "price", which inputs.p reads',
  },
  {
    what: "two tasks of one column",
    config: {
      tasks: "{ a: { type: regression, column: price }, b: { type: count, column: price } }",
    },
    code: "CONFIG_INVALID",
    message:
      'config.yaml:3:50: tasks.b: a column of its own; got column "price", which tasks.a reads',
  },
  {
    what: "weights where all tasks count the same",
    config: {
      tasks: "{ ok: { type: binary, weight: 0.5 }, price: regression }",
      learner: "{ type: neural, weighting: equal }",
    },
    code: "CONFIG_INVALID",
    message:
      "config.yaml:3:38: tasks.ok.weight: no weight where learner.weighting is equal; got 0.5",
  },
  {
    what: "an unknown family",
    config: { learner: "nueral" },
    code: "CONFIG_INVALID",
    message: /^config\.yaml:4:10: learner\.type: one of .*neural.*; got "nueral"$/,
    hint: "did you mean neural?",
  },
  {
    what: "an unknown kind of task",
    config: { tasks: "{ price: regresion }" },
    code: "CONFIG_INVALID",
    message:
      /^config\.yaml:3:17: tasks\.price\.type: one of auto, regression, .*; got "regresion"$/,
    hint: "did you mean regression?",
  },
  {
    what: "an unknown modality",
    config: { inputs: "{ x: nmber }" },
    code: "CONFIG_INVALID",
    message: /^config\.yaml:2:14: inputs\.x\.type: one of auto, number, .*; got "nmber"$/,
    hint: "did you mean number?",
  },
  {
    what: "no input",
    config: { inputs: "{}" },
    code: "CONFIG_INVALID",
    message: "config.yaml:2:1: inputs: at least one input; got none",
  },
  {
    what: "no task",
    config: { tasks: "{}" },
    code: "CONFIG_INVALID",
    message: "config.yaml:3:1: tasks: at least one task; got none",
  },
  {
    what: "no data",
    config: { data: "" },
    code: "CONFIG_INVALID",
    message: "config.yaml:1:1: data: the path of a data file; got nothing",
  },
  {
    what: "a memory limit that is no size",
    config: { memoryLimit: "lots" },
    code: "CONFIG_INVALID",
    message: 'config.yaml:6:14: memoryLimit: a size such as 512MB or 2GiB, above zero; got "lots"',
  },
  {
    what: "a bracket that is not closed",
    config: "data: rows.csv\ntasks: {price: regression\n",
    code: "CONFIG_SYNTAX",
    message: /^config\.yaml:3:1: /,
  },
  {
    what: "a key twice",
    config: "data: rows.csv\ntasks: [price]\ndata: b.csv\n",
    code: "CONFIG_SYNTAX",
    message: "config.yaml:3:1: each key once in its map; got data again",
  },
  {
    what: "a list",
    config: "- a\n- b\n",
    code: "CONFIG_INVALID",
    message: "config.yaml:1:1: a map with the keys data and tasks; got a list",
  },
  {
    what: "nothing",
    config: "",
    code: "CONFIG_INVALID",
    message: /^config\.yaml.*: a map with the keys data and tasks; got nothing$/,
  },
];

/** What shows once the rows are read. */
const runs: BadCase[] = [
  {
    what: "less memory than reading takes",
    config: { memoryLimit: "4MB" },
    code: "CONFIG_INVALID",
    message: 'config.yaml:6:14: memoryLimit: at least 48MB; got "4MB"',
  },
  {
    what: "L-BFGS with dropout",
    config: { training: "{ optimizer: lbfgs }" },
    code: "CONFIG_INVALID",
    message: /^learner: no random draws/,
    hint: /set dropout to 0/,
  },
  {
    what: "L-BFGS with frozen parameters",
    config: {
      training: "{ optimizer: lbfgs, freeze: { encoders: 1 } }",
      learner: "{ type: neural, trunk: { dropout: 0 } }",
    },
    code: "CONFIG_INVALID",
    message: /^training\.freeze: one rate for all parameters, and none frozen, /,
  },
  {
    what: "L-BFGS with an L1 penalty",
    config: {
      training: "{ optimizer: lbfgs }",
      learner: "{ type: neural, trunk: { dropout: 0 }, regularization: { l1: 0.1 } }",
    },
    code: "CONFIG_INVALID",
    message: /^learner\.regularization\.l1: 0, /,
  },
  {
    what: "no column left as an input",
    files: { "rows.csv": "price,ok\n1.5,yes\n2.5,no\n3.5,yes\n4.5,no\n5.5,no\n" },
    config: { inputs: "" },
    code: "CONFIG_INVALID",
    message: "inputs: at least one; no column is left that could be one",
    hint: "name the inputs and their types in the configuration",
  },
  {
    what: "a target that is all blank",
    files: {
      "rows.csv": `x,price\n${Array.from({ length: 20 }, (_, i) => `${(i * 7) % 5}.5,`).join("\n")}\n`,
    },
    config: { inputs: "[x]", tasks: "[price]" },
    code: "TASK_INVALID",
    message: /^task "price": labels in the training rows; got none in \d+ rows$/,
  },
];

describe("the text of a configuration is refused for", () => {
  for (const bad of texts) {
    it(bad.what, async () => {
      const text = configText(bad.config);
      expectMessage(await failureOf(() => parseConfig(text, { file: "config.yaml" })), bad);
    });
  }
});

describe("a run is refused for", () => {
  for (const bad of runs) it(bad.what, () => refused(bad));
});
