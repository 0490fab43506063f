// gradio's text boxes tell their edits on a key press alone: not what is deleted, pasted, dropped or written by an input
// method, as Chinese is. Each such edit is followed here by the key press that gradio waits for.
(() => {
  "use strict";
  const BOX = "textarea[data-testid='textbox'], input[data-testid='textbox']";
  let pressed = null;
  const tell = (box) => box.dispatchEvent(new KeyboardEvent("keypress", { key: "Unidentified", bubbles: true }));
  document.addEventListener("keypress", (event) => { if (event.isTrusted) pressed = event.target; }, true);
  document.addEventListener("input", (event) => {
    const box = event.target;
    const toldAlready = pressed === box;
    pressed = null;
    // What an input method is still composing is no text yet.
    if (box.matches?.(BOX) && !toldAlready && !event.isComposing) setTimeout(() => tell(box), 0);
  }, true);
  document.addEventListener("compositionend", (event) => {
    if (event.target.matches?.(BOX)) setTimeout(() => tell(event.target), 0);
  }, true);

  // gradio holds a number to its slider's range when the box is left; until the next edit the slider says so.
  document.addEventListener("input", (event) => event.target.closest?.(".held")?.removeAttribute("data-held"), true);
  document.addEventListener("blur", ({ target }) => {
    const { rangeOverflow, rangeUnderflow } = target.validity ?? {};
    if (rangeOverflow || rangeUnderflow) target.closest(".held")?.setAttribute("data-held", "");
  }, true);

  // What the menus of a file say. Another way to read it may change its columns: they are guessed anew.
  bgeDemo.fileReading = (before, encoding, delimiter, header, ...columns) => {
    const how = { encoding, delimiter, header };
    const was = JSON.parse(before || "{}");
    const isSame = Object.entries(how).every(([name, value]) => (value ?? "") === (was[name] ?? ""));
    return JSON.stringify({ ...how, columns: isSame ? columns.map((one) => one ?? "") : [] });
  };

  // Rows pasted into the table of sentences are read like a file, with its preview: gradio puts them all into one cell, or nowhere.
  let isInTable = false;
  document.addEventListener("pointerdown", ({ target }) => { isInTable = Boolean(target.closest?.("#cross-table")); }, true);
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    const isElsewhere = event.target.matches?.("input, textarea") && !event.target.closest("#cross-table");
    const upload = document.querySelector("#cross-upload")?.parentElement.querySelector("input[type=file]");
    if (!isInTable || isElsewhere || !upload || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    event.stopPropagation();
    const pasted = new DataTransfer();
    pasted.items.add(new File([text], text.includes("\t") ? "pasted.tsv" : "pasted.txt", { type: "text/plain" }));
    upload.files = pasted.files;
    upload.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);
})();
