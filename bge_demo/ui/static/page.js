// What the page does in the browser: language, theme, model status, word alignment, heat map, downloads, shared links.
// Results arrive as finished HTML with both languages inside; nothing here computes a score.
"use strict";

const bgeDemo = (() => {
  const LONGEST_LINK = 4000;
  const HEATMAP_STEPS = [20, 50, 120];
  const root = document.documentElement;
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private window: not kept */ } };
  const query = () => new URLSearchParams(location.search);

  // Sentences whose numbers only the browser knows: each … is one number, in the same order in both languages
  const fillIn = (area, numbers) => area.querySelectorAll(".t").forEach((sentence) => {
    sentence.dataset.pattern ||= sentence.textContent;
    let next = 0;
    sentence.textContent = sentence.dataset.pattern.replace(/…/g, () => numbers[next++]);
  });

  const sayBoth = (area, sentence) => {
    const [english, chinese] = area.querySelectorAll(".t");
    english.textContent = sentence.en;
    chinese.textContent = sentence.zh;
  };

  // Language and theme
  const preferredLanguage = () => {
    const wanted = query().get("lang") || stored("bge-language") || navigator.language || "en";
    return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  };
  const setLanguage = (language) => {
    root.dataset.language = language;
    root.lang = language === "zh" ? "zh-CN" : "en";
  };
  const showLanguage = (language) => { setLanguage(language); store("bge-language", language); };
  const setTheme = (dark) => document.body.classList.toggle("dark", dark);
  const switchTheme = () => {
    const dark = !document.body.classList.contains("dark");
    setTheme(dark);
    store("bge-theme", dark ? "dark" : "light");
  };

  // Opening the page: [language, the tab a link names]
  const openPage = () => {
    if (stored("bge-theme")) setTheme(stored("bge-theme") === "dark");
    watchHealth();
    return [preferredLanguage(), query().get("tab") || ""];
  };
  // [text A, text B, weights, preset, dense, sparse, ColBERT], as the components take them; what is already
  // there when the page was opened without a link
  const sharedTexts = (present) => {
    if (!query().get("a") && !query().get("b")) return present;
    const weights = query().get("w") || "model-card";
    const custom = weights.split("/").map(Number);
    const isCustom = custom.length === 3 && custom.every((value) => value >= 0);
    const heads = isCustom ? custom : [0.4, 0.2, 0.4];
    return [query().get("a") || "", query().get("b") || "", weights, isCustom ? "custom" : weights, ...heads];
  };
  // A link with two texts shows their comparison; a page opened without one stays as it is
  const runShared = () => {
    if (query().get("a") && query().get("b")) document.getElementById("compare-run").click();
  };
  const linkTo = (a, b, weights) => {
    const url = new URL(location.href);
    url.search = new URLSearchParams({ tab: "compare", a, b, ...(weights === "model-card" ? {} : { w: weights }) });
    return url.href.length > LONGEST_LINK ? null : url.href;
  };
  const rememberLink = (a, b, weights) => {
    // Texts too long for a link must not leave the link of the texts before them.
    history.replaceState(null, "", linkTo(a, b, weights) ?? `${location.pathname}?tab=compare`);
  };

  // The Retrieval tab: [query, expected passage, pipeline, its stages and weights], as a link names them
  const sharedSearch = (present, presets) => {
    if (!query().get("q")) return present;
    const pipeline = query().get("p") || present[2];
    const [stages, weights] = pipeline.split("|").map((part) => part.trim());
    const controls = stages.split(">").flatMap((stage) => {
      const [method, k] = stage.trim().split(/\s+/);
      return [method, Number(k)];
    });
    while (controls.length < 6) controls.push("off", 10);
    // What the controls cannot show stays in the pipeline's text, for the server to refuse in a sentence.
    const isWritten = controls.length === 6 && [1, 3, 5].every((i) => controls[i] >= 1);
    const shown = presets[stages] ?? (isWritten ? controls : present.slice(3, 9));
    return [query().get("q"), query().get("e") || "", pipeline, ...shown, weights || "model-card"];
  };
  const runSharedSearch = async () => {
    // The tab is drawn once it is in front.
    while (query().get("q")) {
      const button = document.getElementById("search-run");
      if (button) return button.click();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const rememberSearch = (corpus, text, expected, pipeline) => {
    const url = new URL(location.href);
    url.search = new URLSearchParams({ tab: "retrieval", q: text, ...(expected && { e: expected }), p: pipeline });
    // One's own corpus is nobody else's: a link would run on the built-in one.
    const isShared = corpus === "sample" && url.href.length <= LONGEST_LINK;
    history.replaceState(null, "", isShared ? url.href : `${location.pathname}?tab=retrieval`);
  };
  // Three stages and weights to [their text, the preset they are]
  const pipeline = (values, presets) => {
    const stages = values.slice(0, 6);
    const weights = values[6] || "model-card";
    const written = [0, 2, 4].filter((i) => stages[i] !== "off").map((i) => `${stages[i]} ${stages[i + 1]}`).join(" > ");
    const isSame = (one) => one.every((value, i) => value === stages[i] || (one[i - 1] === "off" && stages[i - 1] === "off"));
    const preset = Object.keys(presets).find((name) => isSame(presets[name])) ?? "custom";
    return [weights === "model-card" ? written : `${written} | ${weights}`, preset];
  };

  // Model status in the header, self-check in About
  let chosenModel = "";
  let lastModel = null;
  let selfCheck = null;
  const showStatus = (status) => {
    const line = document.querySelector(".status");
    if (!line) return;
    line.dataset.status = status.state;
    const model = status.model;
    line.querySelector(".model").textContent = model
      ? `${model.name} · ${model.precision} · ${model.engine} · ${model.device.toUpperCase()}` : "";
    const reads = line.querySelector(".reads");
    reads.hidden = !model;
    if (model) fillIn(reads, [model.max_tokens]);
    sayBoth(line.querySelector(".message"), status.message);
    const notice = document.querySelector(".notice");
    notice.hidden = !status.notice;
    if (status.notice) sayBoth(notice, status.notice);
    const bar = document.querySelector("progress.coming");
    bar.hidden = !status.coming?.total_bytes;
    if (!bar.hidden) bar.value = (100 * status.coming.done_bytes) / status.coming.total_bytes;
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
      return 5000;
    }
  };
  let nextLook;
  const watchHealth = async () => {
    clearTimeout(nextLook);
    nextLook = setTimeout(watchHealth, await askHealth());
  };

  // Word alignment: the chosen word's best matches light up in the other text
  const clearWords = (area) => area.querySelectorAll(".w.chosen, .w.match").forEach((word) => {
    word.classList.remove("chosen", "match");
    word.style.removeProperty("--m");
  });
  const chooseWord = (word) => {
    const area = word.closest("[data-alignment]");
    const side = word.closest(".aligned");
    const other = [...area.querySelectorAll(".aligned")].find((one) => one !== side);
    clearWords(area);
    word.classList.add("chosen");
    const found = area.querySelector(".detail .found");
    found.replaceChildren();
    for (const pair of word.dataset.m.split(" ").filter(Boolean)) {
      const [number, similarity] = pair.split(":");
      const match = other.querySelector(`[data-w="${number}"]`);
      match.classList.add("match");
      match.style.setProperty("--m", similarity);
      if (!found.children.length && other.scrollHeight > other.clientHeight) {
        other.scrollTop = match.offsetTop - other.clientHeight / 2;
      }
      const name = document.createElement("bdi");
      name.textContent = match.textContent;
      found.append(found.children.length ? " · " : "", name, ` ${similarity}`);
    }
    area.querySelector(".detail .word").textContent = word.textContent;
    area.querySelector(".detail .adds").textContent = word.dataset.c;
    area.querySelector(".detail .direction").textContent =
      `${side.dataset.side === "A" ? "A → B" : "B → A"} (${side.dataset.score})`;
    area.querySelector(".detail .idle").hidden = true;
    area.querySelector(".detail .chosen").hidden = false;
  };

  // Token heat map, drawn when it is opened; the strongest rows and columns first
  const heatmapOf = (area) => area.heatmap ||= JSON.parse(area.querySelector("template").content.textContent);
  const strongest = (ranks, size) => ranks.map((rank, i) => [rank, i]).filter(([rank]) => rank < size).map(([, i]) => i);
  const cell = (kind, text) => Object.assign(document.createElement(kind), { textContent: text });
  const drawHeatmap = (details) => {
    const area = details.querySelector("[data-heatmap]");
    const map = heatmapOf(area);
    const step = Number(area.dataset.step || 0);
    const size = HEATMAP_STEPS[step];
    const rows = strongest(map.rowRanks, size);
    const columns = strongest(map.columnRanks, size);
    // Shaded from the map's own lowest value, as a checkpoint's token similarities may lie close together, over at
    // least a fifth of the scale, so that no hair's breadth looks like a difference.
    const shown = rows.flatMap((i) => columns.map((j) => map.percent[i][j]));
    const [lowest, highest] = [shown.reduce((a, b) => Math.min(a, b), 100), shown.reduce((a, b) => Math.max(a, b), -100)];
    const table = document.createElement("table");
    table.className = "cells tokens";
    const head = table.createTHead().insertRow();
    head.append(cell("td", ""), ...columns.map((i) => cell("th", map.columns[i])));
    const body = table.createTBody();
    for (const i of rows) {
      const row = body.insertRow();
      row.append(cell("th", map.rows[i]));
      for (const j of columns) {
        const value = map.percent[i][j];
        const one = cell("td", size > 50 ? "" : (value / 100).toFixed(2).replace(/^0/, ""));
        const shade = (value - lowest) / Math.max(highest - lowest, 20);
        one.style.setProperty("--s", shade);
        if (shade > 0.6) one.className = "strong";
        one.title = `${map.rows[i]} × ${map.columns[j]}: ${(value / 100).toFixed(2)}`;
        row.append(one);
      }
    }
    area.querySelector("table")?.remove();
    area.append(table);
    fillIn(details.querySelector("[data-heatmap-note]"), [rows.length, map.allRows, columns.length, map.allColumns]);
    const more = details.querySelector("[data-heatmap-more]");
    const last = step + 1 >= HEATMAP_STEPS.length || (size >= map.rows.length && size >= map.columns.length);
    more.hidden = last;
  };

  // Downloads and links are made from what the result carries
  const download = (button) => {
    const content = button.querySelector("template").content.textContent;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
    link.download = button.dataset.download;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const copyLink = async (button) => {
    const box = (side) => document.querySelector(`#text-${side} textarea`).value;
    const weights = document.querySelector("#weights textarea, #weights input")?.value || "model-card";
    const url = linkTo(box("a"), box("b"), weights);
    const actions = button.closest(".actions");
    let outcome = ".share-too-long";
    if (url) {
      history.replaceState(null, "", url);
      // Browsers have no clipboard on plain http pages of other machines.
      try { await navigator.clipboard.writeText(url); outcome = ".share-copied"; } catch { outcome = ".share-in-bar"; }
    }
    actions.querySelector(outcome).hidden = false;
    setTimeout(() => { actions.querySelector(outcome).hidden = true; }, 2500);
  };

  document.addEventListener("pointerover", (event) => {
    const word = event.target.closest?.(".aligned .w");
    if (word) chooseWord(word);
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches?.(".aligned .w")) chooseWord(event.target); });
  document.addEventListener("click", (event) => {
    const hit = (selector) => event.target.closest?.(selector);
    const word = hit(".aligned .w");
    if (word) chooseWord(word);
    if (hit("[data-download]")) download(hit("[data-download]"));
    if (hit("[data-share]")) copyLink(hit("[data-share]"));
    const more = hit("[data-heatmap-more]");
    if (more) {
      const details = more.closest("details");
      const area = details.querySelector("[data-heatmap]");
      area.dataset.step = Number(area.dataset.step || 0) + 1;
      drawHeatmap(details);
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details.heatmap[open]")) drawHeatmap(event.target);
  }, true);

  // gradio makes a tab's contents when the tab is opened, which may be after the status was told.
  new MutationObserver(() => {
    if (document.querySelector(".self-check:not([data-verdict])")) showSelfCheck(selfCheck);
  }).observe(root, { childList: true, subtree: true });
  setLanguage(preferredLanguage());
  return {
    openPage, showModel, sharedTexts, runShared, rememberLink, sharedSearch, runSharedSearch, rememberSearch, pipeline, showLanguage,
    switchTheme,
  };
})();
window.bgeDemo = bgeDemo;
