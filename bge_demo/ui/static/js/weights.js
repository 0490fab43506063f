// The weights of the page as each tab's control shows them: a preset, or three sliders. Presets come from the server.
(() => {
  "use strict";
  const setCustom = (isCustom) => { document.documentElement.dataset.weights = isCustom ? "custom" : "preset"; };

  // From the weights of the page to [preset, dense, sparse, ColBERT]; what cannot be shown stays for the server to refuse
  const shown = (weights, present, presets) => {
    if (presets[weights]) { setCustom(false); return [weights, ...presets[weights]]; }
    const heads = String(weights).split("/").map(Number);
    const isWritten = heads.length === 3 && heads.every((value) => value >= 0);
    setCustom(true);
    return ["custom", ...(isWritten ? heads : present.slice(1))];
  };
  const chosen = ([preset, ...heads], presets) => {
    setCustom(!presets[preset]);
    return presets[preset] ? preset : heads.join("/");
  };
  bgeDemo.weights = { shown, chosen };
})();
