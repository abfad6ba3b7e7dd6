/** Learning from rows in memory: `npx tsx examples/api.ts`. */
import { category, count, multiclass, number, regression, text, train } from "../src/index.ts";

// Orders of a made-up café. Some cells are blank, some answers are not known.
const drinks = ["espresso", "tea", "lemonade"];
const rows = Array.from({ length: 600 }, (_, i) => ({
  hour: i % 11 === 0 ? null : 7 + (i % 12),
  weather: ["sun", "rain"][(i >> 2) % 2],
  note: i % 3 === 2 ? "with ice please" : i % 5 === 0 ? "quick, to go" : "to stay",
  drink: i % 10 === 0 ? null : drinks[i % 3],
  guests: i % 7 === 0 ? null : (i >> 2) % 2 === 0 ? 3 : 1,
  price: 2 + (i % 3) + ((i >> 2) % 2 === 0 ? 3 : 1) / 2,
}));

const model = await train({
  data: rows,
  inputs: { hour: number(), weather: category(), note: text() },
  tasks: { drink: multiclass(), guests: count(), price: regression() },
  training: { epochs: 30 },
  seed: 1,
});
console.log(model.scores.test?.drink.metrics.accuracy);

const [order] = await model.predict([{ hour: 9, weather: "sun", note: "with ice please" }]);
console.log(
  `${order.drink.label} for ${order.guests.value.toFixed(1)}: ${order.price.value.toFixed(2)}`,
);
await model.dispose();
