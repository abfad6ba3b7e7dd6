import type { Tensor } from "../../graph.ts";
import { codeName, dtypeOfCode } from "../tensor-data.ts";
import { combine, type ImportedType, importedType, map, stretch } from "./constant.ts";
import { type ImportNode, isTensor, type Operator, type Value } from "./node.ts";

/** A function of one number, for tensors and for constants. */
function unary(tensor: (x: Tensor) => Tensor, number: (x: number) => number): Operator {
  return (node) => {
    const x = node.value(0);
    return isTensor(x) ? tensor(x) : map(x, number);
  };
}

/** One that only tensors need. */
function function_(tensor: (x: Tensor, node: ImportNode) => Tensor): Operator {
  return (node) => tensor(node.tensor(0), node);
}

function binary(
  tensor: (a: Tensor, b: Tensor) => Tensor,
  number: (a: number, b: number) => number,
  result?: ImportedType,
): Operator {
  return (node) => {
    const [a, b] = [node.value(0), node.value(1)];
    return isTensor(a) || isTensor(b)
      ? tensor(node.lift(a), node.lift(b))
      : combine(a, b, result ?? a.dtype, number);
  };
}

/** The same of any number of operands, from the left. */
function fold(operator: Operator): Operator {
  return (node) => {
    let left = node.value(0);
    for (let i = 1; i < node.inputs.length; i++)
      left = operator(node.on([left, node.value(i)])) as Value;
    return left;
  };
}

const add = binary(
  (a, b) => a.add(b),
  (a, b) => a + b,
);

/** Numbers that are 0 or 1 in place of truth values, which have no arithmetic. */
const truth = (x: Tensor) => (x.dtype === "bool" ? x.cast("float32") : x);

const divide: Operator = (node) => {
  const [a, b] = [node.value(0), node.value(1)];
  if (isTensor(a) || isTensor(b)) {
    const [x, y] = [node.lift(a), node.lift(b)];
    if (x.dtype !== "float32") node.refuse("floats", `a computed ${x.dtype}`);
    return x.div(y);
  }
  const whole = a.dtype !== "float32";
  return combine(a, b, a.dtype, (x, y) => (whole ? Math.trunc(x / y) : x / y));
};

const power: Operator = (node) => {
  const [a, b] = [node.value(0), node.value(1)];
  if (!isTensor(a) && !isTensor(b)) return combine(a, b, a.dtype, (x, y) => x ** y);
  const exponent = node.lift(b);
  return node.lift(a).pow(exponent.dtype === "float32" ? exponent : exponent.cast("float32"));
};

const cast: Operator = (node) => {
  const x = node.value(0);
  const code = node.integer("to", 0);
  const to =
    importedType(dtypeOfCode(code) ?? "") ??
    node.refuse("a cast to floats, integers or bool", codeName(code));
  if (!isTensor(x)) {
    const convert = { float32: (v: number) => v, int32: Math.trunc, bool: (v: number) => +!!v };
    return map(x, convert[to], to);
  }
  if (x.dtype === to) return x;
  return to === "bool" ? x.cast("float32").abs().gt(0) : x.cast(to);
};

const clip: Operator = (node) => {
  let x = node.tensor(0);
  const low = node.opset < 11 ? node.float("min", Number.NEGATIVE_INFINITY) : node.numbers(1)?.[0];
  const high = node.opset < 11 ? node.float("max", Number.POSITIVE_INFINITY) : node.numbers(2)?.[0];
  if (low === 0) x = x.relu();
  else if (low !== undefined && low > -3.4e38) x = x.maximum(low);
  return high !== undefined && high < 3.4e38 ? x.minimum(high) : x;
};

/** max(0, min(1, αx + β)) */
const hardSigmoid = (x: Tensor, alpha: number, beta: number) =>
  x.mul(alpha).add(beta).relu().minimum(1);

const gelu: Operator = (node) => {
  const x = node.tensor(0);
  if (node.string("approximate", "none") !== "tanh") return x.gelu();
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(inner.tanh().add(1)).mul(0.5);
};

const where: Operator = (node) => {
  const [condition, a, b] = [node.value(0), node.value(1), node.value(2)];
  if (isTensor(condition) || isTensor(a) || isTensor(b)) {
    const chosen = node.lift(condition);
    return chosen.where(node.lift(a), node.lift(b));
  }
  const both = combine(a, b, a.dtype, (x) => x);
  const shape = combine(condition, both, a.dtype, (x) => x).shape;
  const [c, x, y] = [condition, a, b].map((value) => stretch(value, shape).data);
  return { dtype: a.dtype, shape, data: x.map((value, i) => (c[i] ? value : y[i])) };
};

const compare = (
  tensor: (a: Tensor, b: Tensor) => Tensor,
  number: (a: number, b: number) => boolean,
) =>
  binary(
    (a, b) => tensor(truth(a), truth(b)),
    (a, b) => +number(a, b),
    "bool",
  );

/** Operators that compute each element from elements at its place. */
export const elementwise: Readonly<Record<string, Operator>> = {
  Identity: (node) => node.value(0),
  // Models are imported as they predict: without dropping anything.
  Dropout: (node) => node.value(0),
  Cast: cast,
  Neg: unary(
    (x) => x.neg(),
    (x) => -x,
  ),
  Abs: unary((x) => x.abs(), Math.abs),
  Floor: unary((x) => x.floor(), Math.floor),
  Ceil: unary((x) => x.neg().floor().neg(), Math.ceil),
  Sqrt: unary((x) => x.sqrt(), Math.sqrt),
  Reciprocal: unary(
    (x) => x.recip(),
    (x) => 1 / x,
  ),
  Exp: unary((x) => x.exp(), Math.exp),
  Log: unary((x) => x.log(), Math.log),
  Sin: unary((x) => x.sin(), Math.sin),
  Cos: unary((x) => x.cos(), Math.cos),
  Sign: unary((x) => x.sign(), Math.sign),
  Relu: function_((x) => x.relu()),
  Sigmoid: function_((x) => x.sigmoid()),
  Tanh: function_((x) => x.tanh()),
  Erf: function_((x) => x.erf()),
  Softplus: function_((x) => x.softplus()),
  Swish: function_((x, node) => x.mul(x.mul(node.float("alpha", 1)).sigmoid())),
  Mish: function_((x) => x.mul(x.softplus().tanh())),
  LeakyRelu: function_((x, node) => x.relu().sub(x.neg().relu().mul(node.float("alpha", 0.01)))),
  Elu: function_((x, node) => x.relu().add(x.minimum(0).exp().sub(1).mul(node.float("alpha", 1)))),
  PRelu: (node) => {
    const [x, slope] = [node.tensor(0), node.tensor(1)];
    return x.relu().sub(x.neg().relu().mul(slope));
  },
  HardSigmoid: function_((x, node) =>
    hardSigmoid(x, node.float("alpha", 0.2), node.float("beta", 0.5)),
  ),
  HardSwish: function_((x) => x.mul(hardSigmoid(x, 1 / 6, 0.5))),
  Gelu: gelu,
  Clip: clip,
  Add: add,
  Sum: fold(add),
  Sub: binary(
    (a, b) => a.sub(b),
    (a, b) => a - b,
  ),
  Mul: binary(
    (a, b) => a.mul(b),
    (a, b) => a * b,
  ),
  Div: divide,
  Pow: power,
  Mod: (node) => {
    const [a, b] = [node.constant(0), node.constant(1)];
    return combine(a, b, a.dtype, (x, y) =>
      node.integer("fmod", 0) ? x % y : x - y * Math.floor(x / y),
    );
  },
  Max: fold(binary((a, b) => a.maximum(b), Math.max)),
  Min: fold(binary((a, b) => a.minimum(b), Math.min)),
  Equal: compare(
    (a, b) => a.eq(b),
    (a, b) => a === b,
  ),
  Less: compare(
    (a, b) => a.lt(b),
    (a, b) => a < b,
  ),
  LessOrEqual: compare(
    (a, b) => a.le(b),
    (a, b) => a <= b,
  ),
  Greater: compare(
    (a, b) => a.gt(b),
    (a, b) => a > b,
  ),
  GreaterOrEqual: compare(
    (a, b) => a.ge(b),
    (a, b) => a >= b,
  ),
  And: binary(
    (a, b) => truth(a).mul(truth(b)).gt(0.5),
    (a, b) => +(a !== 0 && b !== 0),
    "bool",
  ),
  Or: binary(
    (a, b) => truth(a).add(truth(b)).gt(0.5),
    (a, b) => +(a !== 0 || b !== 0),
    "bool",
  ),
  Not: (node) => {
    const x = node.value(0);
    return isTensor(x) ? truth(x).lt(0.5) : map(x, (v) => +!v);
  },
  IsNaN: (node) => node.graph.apply("isNaN", [node.tensor(0)], {}),
  Where: where,
};
