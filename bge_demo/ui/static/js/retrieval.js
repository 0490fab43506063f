// Retrieval: the pipeline's text, such as `rrf 100 > colbert 10 | even`, and the controls that show it.
(() => {
  "use strict";
  const STAGES = 3;
  const defaultWeights = () => window.gradio_config.workbench.weights;

  const written = (stages, weights) => {
    const places = [...Array(STAGES).keys()].map((i) => 2 * i).filter((i) => stages[i] !== "off");
    const text = places.map((i) => `${stages[i]} ${stages[i + 1]}`).join(" > ");
    return weights && weights !== defaultWeights() ? `${text} | ${weights}` : text;
  };
  const isSame = (one, stages) => one.every((value, i) => value === stages[i] || (one[i - 1] === "off" && stages[i - 1] === "off"));
  // Stages and weights to [their text, the preset they are]
  const pipeline = (values, presets) => {
    const [stages, weights] = [values.slice(0, 2 * STAGES), values[2 * STAGES]];
    const preset = Object.keys(presets).find((name) => isSame(presets[name], stages)) ?? "custom";
    return [written(stages, weights), preset];
  };
  // A pipeline's text, or a preset's name, to [stages and weights]. What the controls cannot show stays as it is, for the
  // server to refuse in a sentence.
  const controls = (text, present, presets) => {
    if (text === written(present.slice(0, 2 * STAGES), present[2 * STAGES])) return present.map(() => undefined);
    const [stages, weights] = text.split("|").map((part) => part.trim());
    const values = presets[stages] ?? stages.split(">").flatMap((stage) => {
      const [method, k] = stage.trim().split(/\s+/);
      return [method, Number(k)];
    });
    while (values.length < 2 * STAGES) values.push("off", 10);
    const isWritten = values.length === 2 * STAGES && values.every((value, i) => i % 2 === 0 || value >= 1);
    return isWritten ? [...values, weights || defaultWeights()] : present.map(() => undefined);
  };
  bgeDemo.pipeline = pipeline;
  bgeDemo.pipelineControls = controls;
})();

// A dot of the map leads to its hit.
document.addEventListener("click", (event) => {
  const hit = document.getElementById(event.target.dataset?.hit);
  if (!hit) return;
  hit.scrollIntoView({ block: "center", behavior: "smooth" });
  hit.classList.add("pointed-at");
  setTimeout(() => hit.classList.remove("pointed-at"), 2000);
});
