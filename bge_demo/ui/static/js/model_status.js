// Which model serves, in the header; its self-check in About.
(() => {
  "use strict";
  const { fillIn, sayBoth, cell } = bgeDemo;
  let chosenModel = "";
  let lastModel = null;
  let selfCheck = null;
  const showStatus = (status) => {
    const line = document.querySelector(".status");
    if (!line) return;
    line.dataset.status = status.state;
    document.documentElement.dataset.model = status.state;
    const model = status.model;
    line.querySelector(".model").textContent = model?.name ?? "";
    line.querySelector(".how").textContent = model ? ` · ${model.precision} · ${model.engine} · ${model.device.toUpperCase()}` : "";
    const reads = line.querySelector(".reads");
    reads.hidden = !model;
    if (model) fillIn(reads, [model.max_tokens]);
    sayBoth(line.querySelector(".message"), status.message);
    const notice = document.querySelector(".notice");
    notice.hidden = !status.notice;
    if (status.notice) sayBoth(notice.querySelector("p"), status.notice);
    notice.querySelector(".stand-in").hidden = model?.name !== "m3-compact";
    const bar = document.querySelector("progress.coming");
    bar.hidden = !status.coming?.total_bytes;
    if (!bar.hidden) bar.value = (100 * status.coming.done_bytes) / status.coming.total_bytes;
    // While no model answers, the status line says it.
    const said = document.querySelector(".coming-said");
    said.hidden = !status.coming || !model;
    if (!said.hidden) sayBoth(said, status.coming.doing);
    showSwitch(model);
    selfCheck = status.self_check;
    showSelfCheck(selfCheck);
  };
  // Told to whoever saw the other model answer; a page opened later has nothing to be told
  const showSwitch = (model) => {
    if (!model || lastModel === model.name) return;
    // The other model may read the same texts as other tokens.
    const isFilled = [...document.querySelectorAll(".text-side textarea")].some((box) => box.value);
    if (isFilled) document.getElementById("recount")?.click();
    if (lastModel) {
      const line = document.querySelector(".switched");
      fillIn(line, [model.name]);
      line.hidden = false;
    }
    lastModel = model.name;
  };
  const showSelfCheck = (check) => {
    const area = document.querySelector(".self-check");
    if (!area) return;
    area.hidden = !check;
    area.dataset.verdict = check?.verdict ?? "none";
    if (!check) return;
    sayBoth(area.querySelector(".verdict-text"), check.message);
    area.querySelector("table").hidden = !check.scores.length;
    area.querySelector("tbody").replaceChildren(...check.scores.map((score) => {
      const row = document.createElement("tr");
      const numbers = [score.expected.toFixed(4), score.found.toFixed(4)];
      row.append(...[score.head, `${score.query} · ${score.passage}`, ...numbers].map((text) => cell("td", text)));
      return row;
    }));
  };
  // Another model was chosen: its state is told, and that is no switch-over
  const showModel = (model) => {
    chosenModel = model;
    lastModel = null;
    document.querySelector(".switched").hidden = true;
    watchHealth();
  };
  const askHealth = async () => {
    const asked = chosenModel;
    try {
      const answer = await fetch(`healthz?${new URLSearchParams({ model: asked })}`, { cache: "no-store" });
      const status = await answer.json();
      if (asked === chosenModel) showStatus(status);
      return ["starting", "loading"].includes(status.state) || status.coming ? 1000 : 20000;
    } catch {
      document.querySelector(".status").dataset.status = "unreachable";
      document.documentElement.dataset.model = "unreachable";
      return 5000;
    }
  };
  let nextLook;
  const watchHealth = async () => {
    clearTimeout(nextLook);
    nextLook = setTimeout(watchHealth, await askHealth());
  };


  // gradio makes a tab's contents when the tab is opened, which may be after the status was told.
  new MutationObserver(() => {
    if (document.querySelector(".self-check:not([data-verdict])")) showSelfCheck(selfCheck);
  }).observe(document.documentElement, { childList: true, subtree: true });
  bgeDemo.modelStatus = { watch: watchHealth, showModel };
})();
