/** Commands of Ludwig, and where what they do is done here. */
export const foreignCommands: Readonly<Record<string, string>> = {
  experiment: "polytask train scores the test rows as well",
  hyperopt: "polytask tune searches values of the configuration",
  visualize: "polytask train leaves report.html; polytask report draws it again",
  preprocess: "polytask train reads and encodes the table itself",
  init_config: "polytask init writes a configuration",
  generate_config: "polytask init writes a configuration",
  render_config: "polytask train leaves the configuration with every default in config.yaml",
  export_model: "polytask export writes the ONNX file",
  export_schema: "polytask schema prints the schema of configurations",
  collect_summary: "polytask inspect says what a model is made of",
  serve: "the ONNX file has names of inputs and outputs: any server of ONNX models takes it",
};
