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
})();
