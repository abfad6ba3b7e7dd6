import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import createWabt from "wabt";

const source = new URL("../src/optim/kernels.wat", import.meta.url);
const target = new URL("../src/optim/kernels.generated.ts", import.meta.url);

/** Unrolls the `;;@each` blocks of a kernel source (its header explains them) into plain wat. */
function expandKernels(text: string): string {
  return text.replace(
    /;;@each (\d+) (\$\w+)((?: \$\w+)+)\n([\s\S]*?);;@end/g,
    (_, unroll: string, count: string, list: string, body: string) => {
      const pointers = list.trim().split(" ");
      const vectors = Number(unroll);
      const blocks = Array.from({ length: vectors }, (_, k) => vectorBody(body, 16 * k)).join("");
      const shift = Math.log2(4 * vectors);
      return [
        `(local.set $left (i32.shr_u (local.get ${count}) (i32.const ${shift})))`,
        loop("$blocks", blocks, pointers, 16 * vectors),
        `(local.set $left (i32.and (local.get ${count}) (i32.const ${4 * vectors - 1})))`,
        loop("$singles", singleBody(body), pointers, 4),
      ].join("\n");
    },
  );
}

function vectorBody(body: string, offset: number): string {
  return body
    .replace(/\(load (\$\w+)\)/g, `(v128.load offset=${offset} (local.get $1))`)
    .replace(/\(store (\$\w+) ?/g, `(v128.store offset=${offset} (local.get $1) `)
    .replaceAll("(lanes)", "(i32.const 4)");
}

function singleBody(body: string): string {
  return body
    .replace(/\(load (\$\w+)\)/g, "(v128.load32_zero (local.get $1))")
    .replace(/\(store (\$\w+) ?/g, "(v128.store32_lane 0 (local.get $1) ")
    .replaceAll("(lanes)", "(i32.const 1)");
}

function loop(label: string, body: string, pointers: readonly string[], bytes: number): string {
  const advance = pointers.map(
    (p) => `(local.set ${p} (i32.add (local.get ${p}) (i32.const ${bytes})))`,
  );
  const repeat = `(br_if ${label} (local.tee $left (i32.sub (local.get $left) (i32.const 1))))`;
  return `(if (local.get $left) (then (loop ${label}\n${body}\n${advance.join("\n")}\n${repeat})))`;
}

/** The text of `src/optim/kernels.generated.ts` for the current `src/optim/kernels.wat`. */
export async function generateKernels(): Promise<string> {
  const wabt = await createWabt();
  const module = wabt.parseWat("kernels.wat", expandKernels(readFileSync(source, "utf8")), {
    simd: true,
  });
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  return `/** \`kernels.wat\`, assembled by \`scripts/build-kernels.ts\`: ${buffer.length} bytes. */
export const kernelsBase64 =
  "${Buffer.from(buffer).toString("base64")}";
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(target, await generateKernels());
}
