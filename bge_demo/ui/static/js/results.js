// A result and the inputs beside it: marked when they no longer belong together, downloads made from what the result carries,
// folds that stay as the visitor left them, the key that runs.
(() => {
  "use strict";
  // By area: how often its inputs were edited; how often when the last run began, and which answer stood there, apart for runs
  // that follow what is typed and may bring nothing; how many others are under way
  const edits = {};
  const begun = {};
  const followed = {};
  const pending = {};
  const areaOf = (name) => document.getElementById(`${name}-area`);
  const edited = (name) => {
    edits[name] = (edits[name] ?? 0) + 1;
    delete areaOf(name)?.dataset.fileWaits;
    markStale(areaOf(name));
  };
  const markStale = (area) => { if (area?.querySelector(".result")) area.dataset.stale = ""; };
  // A file that was read and not taken yet, in the tab of that area
  const fileWaits = (area) => [...area.closest("[role='tabpanel']").querySelectorAll(".file-read [id$='-take']")].some((one) => one.offsetParent);
  const answerIn = (area) => area?.querySelector("[data-run]")?.dataset.run;
  const began = (name, isLive) => {
    const area = areaOf(name);
    // Of these gradio begins no second run beside the first.
    if (!isLive && pending[name] && area?.matches(".one-run")) return;
    (isLive ? followed : begun)[name] = { edits: edits[name] ?? 0, answer: answerIn(area) };
    if (!isLive) pending[name] = (pending[name] ?? 0) + 1;
    delete area?.dataset.failed;
    closeErrors();
    unmarkBoxes(area);
    area?.toggleAttribute("data-file-waits", fileWaits(area));
  };
  // gradio's messages of what failed; their reason stays in the area.
  const closeErrors = () => document.querySelectorAll(".toast-body.error [data-testid='toast-close']").forEach((close) => close.click());
  // The run brought nothing: what is shown is not of the inputs.
  const broughtNothing = (name) => {
    markStale(areaOf(name));
    const tab = bgeDemo.links.tabOfArea(name);
    if (tab) bgeDemo.links.failed(tab);
  };
  const cancelled = (name) => {
    begun[name] = { edits: 0, ...begun[name], isCancelled: true };
    broughtNothing(name);
  };
  // The reason stays where the result would stand: gradio's message goes after some seconds. A cancelled run fails too, and
  // perhaps after what was kept of it is shown.
  const failed = async (name, isLive) => {
    if (isOlder(name, isLive)) return;
    if (!begun[name]?.isCancelled) broughtNothing(name);
    await frames(2);
    const area = areaOf(name);
    const reason = [...document.querySelectorAll(".toast-body.error [data-testid='toast-text']")].at(-1);
    if (!area || !reason?.textContent) return;
    // In both languages, of which the page shows one.
    area.querySelector(":scope > .failure-note p").replaceChildren(...reason.cloneNode(true).childNodes);
    area.dataset.failed = "";
    markBox(area, reason.innerText);
  };
  // A sentence on one box begins with the box's name; typing into it takes the mark away.
  const markBox = (area, reason) => area.closest("[role='tabpanel']").querySelectorAll("textarea").forEach((box) => {
    const name = box.closest("label")?.querySelector("[data-testid='block-info']")?.textContent.trim();
    if (!name || !box.offsetParent || !reason.startsWith(name)) return;
    box.setAttribute("aria-invalid", "true");
    box.addEventListener("input", () => box.removeAttribute("aria-invalid"), { once: true });
  });
  const unmarkBoxes = (area) => area?.closest("[role='tabpanel']").querySelectorAll("[aria-invalid]").forEach((box) => box.removeAttribute("aria-invalid"));
  const frames = (n) => new Promise((resolve) => { requestAnimationFrame(() => resolve(n > 1 ? frames(n - 1) : undefined)); });
  // A run ended while a newer one is under way: what it brings is of inputs that nobody waits for.
  const isOlder = (name, isLive) => {
    if (!isLive) pending[name] = Math.max(0, (pending[name] ?? 0) - 1);
    if (isLive || !pending[name]) return false;
    markStale(areaOf(name));
    return true;
  };
  const arrived = async (name, isLive) => {
    if (isOlder(name, isLive)) return;
    await frames(2);
    const area = areaOf(name);
    const run = (isLive ? followed : begun)[name] ?? { edits: 0 };
    // A newer one took its place, or what is typed takes too long to follow.
    if (!area || (run.answer !== undefined && run.answer === answerIn(area))) return;
    if (run.edits >= (edits[name] ?? 0)) delete area.dataset.stale;
    const tab = bgeDemo.links.tabOfArea(name);
    if (tab) bgeDemo.links.arrived(tab);
    foldAgain(area);
    addressCode(area);
    // What scrolls is reached by keyboard.
    area.querySelectorAll(".scroll").forEach((one) => { if (one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight) one.tabIndex = 0; });
    bgeDemo.tables.begin(area);
  };

  // gradio changes the nodes of an earlier result in place or makes new ones: folds are known by their name.
  const folds = {};
  const foldAgain = (area) => area.querySelectorAll("details[data-fold]").forEach((one) => {
    const wanted = folds[one.dataset.fold];
    if (wanted !== undefined && one.open !== wanted) one.open = wanted;
  });
  // A new result shuts them too: only what the visitor pressed counts.
  document.addEventListener("click", (event) => {
    const fold = event.target.closest?.("summary")?.parentElement;
    if (fold?.dataset.fold) folds[fold.dataset.fold] = !fold.open;
  });

  // Code names the server that the page came from.
  const addressCode = (area) => {
    const here = new URL(".", location.href).href.replace(/\/$/, "");
    area.querySelectorAll(".as-code code").forEach((code) => {
      const text = code.textContent.replaceAll("http://127.0.0.1:7860", here);
      if (text !== code.textContent) code.textContent = text;
    });
  };

  const download = ({ dataset }) => bgeDemo.save(dataset.download, new Blob([dataset.content], { type: "text/plain;charset=utf-8" }));
  const copyText = async (button) => {
    const text = button.closest("[data-copied-from]").querySelector("code").textContent;
    const note = button.querySelector(".copy-done");
    try { await navigator.clipboard.writeText(text); } catch { return getSelection().selectAllChildren(button.closest("[data-copied-from]").querySelector("code")); }
    note.hidden = false;
    setTimeout(() => { note.hidden = true; }, 2500);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-download]");
    if (button) download(button);
    const copy = event.target.closest?.("[data-copy]");
    if (copy) copyText(copy);
  });

  // Ctrl or Cmd and Enter press the nearest button that runs
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    for (let node = event.target.parentElement; node; node = node.parentElement) {
      const button = [...node.querySelectorAll("button.run")].find((one) => one.offsetParent);
      if (!button) continue;
      event.preventDefault();
      // gradio hands a text on when its box is left or its event ran
      setTimeout(() => button.click(), 0);
      return;
    }
  }, true);

  bgeDemo.results = { edited, began, arrived, failed, cancelled, closeErrors };
})();
