/**
 * The order of the layers: a folder of `src` imports only from folders named before it. Folders of one line
 * do not know each other.
 */
const layers = [
  { folders: ["core"], reason: "core is what everything stands on, so it knows nothing else" },
  { folders: ["compiler"], reason: "the compiler knows graphs, not what they are for" },
  { folders: ["nn", "optim"], reason: "layers and optimizers are written in tensors, whatever the data" },
  { folders: ["data"], reason: "data are rows and columns before anyone learns from them" },
  {
    folders: ["modalities", "tasks", "fusion", "sharing", "weighting", "regularizers", "transforms"],
    reason: "the parts of a model are put together by families, not by each other",
  },
  { folders: ["train", "infer"], reason: "a loop trains whatever function it is given" },
  { folders: ["learners"], reason: "a family knows how to fit, not where its options or rows come from" },
  { folders: ["config"], reason: "the configuration gathers the options of everything that can be chosen" },
  { folders: ["model"], reason: "a model is what a family leaves, whoever asked for it" },
  { folders: ["study"], reason: "a study asks questions of several models" },
  { folders: ["report"], reason: "a report draws what was found and computes nothing" },
  { folders: ["run"], reason: "a run ties data, model and report to a folder" },
  { folders: ["api"], reason: "the API is thin: it calls runs and models" },
  { folders: ["cli", "server"], reason: "commands and routes are thin: they call the layers below" },
];

const order = layers.flatMap(({ folders }, depth) =>
  folders.map((folder) => {
    const later = layers.slice(depth + 1).flatMap((one) => one.folders);
    const beside = folders.filter((one) => one !== folder);
    return {
      name: `layer-${folder}`,
      comment: layers[depth].reason,
      severity: "error",
      from: { path: `^src/${folder}/`, pathNot: "\\.test\\.tsx?$" },
      to: { path: `^src/(${[...beside, ...later].join("|")})/` },
    };
  }),
).filter(({ to }) => !to.path.includes("()"));

module.exports = {
  forbidden: [
    ...order,
    {
      name: "report-is-drawing",
      comment: "the report's shape is plain data: it takes nothing from the layers that compute",
      severity: "error",
      from: { path: "^src/report/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "^src/(compiler|nn|optim|data|modalities|train|learners|config|model|study)/" },
    },
    {
      name: "onnx-sessions-apart",
      comment: "the compiler also runs in a browser: only its sessions may load the native engine",
      severity: "error",
      from: { path: "^src/compiler/", pathNot: "^src/compiler/onnx/session/|\\.test\\.ts$" },
      to: { path: "^node_modules/onnxruntime-|^src/compiler/onnx/session/" },
    },
    {
      name: "no-cycles",
      comment:
        "files that import each other cannot be understood one at a time (a graph simplifies nodes as they are made: the one exception)",
      severity: "error",
      from: { pathNot: "^src/compiler/(graph|simplify)\\.ts$" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-tests-in-code",
      comment: "code that ships does not need its tests",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.tsx?$" },
      to: { path: "\\.test\\.tsx?$" },
    },
    {
      name: "no-fixtures-in-code",
      comment: "fixtures are for tests and do not ship",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.tsx?$|/fixtures/" },
      to: { path: "/fixtures/" },
    },
    {
      name: "no-dev-dependencies",
      comment: "what is installed for development only is not there for users",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.tsx?$|/fixtures/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"] },
    },
    {
      name: "not-resolvable",
      comment: "an import must lead somewhere",
      severity: "error",
      from: { path: "^src/" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/generated/|^node_modules/(?!onnxruntime-)" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
