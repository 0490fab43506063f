// A tab's inputs in the address: `#compare?a=..&b=..` while short, `#compare~<deflated JSON>` when long. The fragment stays
// in the browser. Old links (`?tab=compare&a=..&b=..`) still open. What is linked is told by the server, see links.py.
(() => {
  "use strict";
  const LONGEST_PLAIN = 1500;
  const LONGEST = 400000;
  const links = window.gradio_config?.workbench?.links ?? [];
  const linkOf = (tab) => links.find((one) => one.tab === tab);
  // By tab: the address of the run under way, and of the result shown
  const asked = {};
  const shown = {};
  // Why a tab's run has no link.
  const lacking = {};
  // What the browser remembers gives way to a link.
  const isLinked = /[?~]/.test(location.hash) || new URLSearchParams(location.search).has("tab");
  let opened = { tab: "", values: {} };
  let current = "";
  let isOpening = false;

  const toBase64 = (bytes) => {
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const fromBase64 = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

  const fragmentOf = async (tab, values) => {
    const plain = `#${tab}?${new URLSearchParams(values)}`;
    if (!Object.keys(values).length) return `#${tab}`;
    if (plain.length <= LONGEST_PLAIN) return plain;
    const bytes = new TextEncoder().encode(JSON.stringify(values));
    const packed = `#${tab}~${toBase64(await through(bytes, new CompressionStream("deflate-raw")))}`;
    return packed.length > LONGEST ? null : packed;
  };
  const readFragment = async (fragment) => {
    const [, tab, kind, rest] = /^#([\w-]+)(?:([?~])(.*))?$/s.exec(fragment) ?? [];
    if (!tab) return { tab: "", values: {} };
    if (kind === "?") return { tab, values: Object.fromEntries(new URLSearchParams(rest)) };
    if (kind !== "~") return { tab, values: {} };
    try {
      const bytes = await through(fromBase64(rest), new DecompressionStream("deflate-raw"));
      return { tab, values: JSON.parse(new TextDecoder().decode(bytes)) };
    } catch { return { tab, values: {} }; }
  };
  const readAddress = async () => {
    if (location.hash.length > 1) return readFragment(location.hash);
    const query = new URLSearchParams(location.search);
    const tab = query.get("tab") ?? "";
    const names = linkOf(tab)?.fields.map((field) => field.name) ?? [];
    return { tab, values: Object.fromEntries(names.filter((name) => query.get(name)).map((name) => [name, query.get(name)])) };
  };

  // The query holds the language at most: texts of an old link leave it.
  const address = (fragment) => {
    const language = new URLSearchParams(location.search).get("lang");
    return `${location.pathname}${language ? `?lang=${encodeURIComponent(language)}` : ""}${fragment}`;
  };
  const rows = (value) => (Array.isArray(value?.data) ? value.data : value);
  const written = (field, value) => (field.isText ? String(value ?? "") : JSON.stringify(rows(value)));
  const readValue = (field, text, present) => {
    if (text === undefined) return field.isTyped ? (field.isText ? "" : present) : field.default;
    if (field.isText) return text;
    try {
      const value = JSON.parse(text);
      return Array.isArray(present?.data) ? { ...present, data: value } : value;
    } catch { return present; }
  };

  // A run begins: its inputs become the address. Nothing of an earlier run may stay there.
  const remember = async (tab, values) => {
    const link = linkOf(tab);
    const given = link.fields.map((field, i) => [field, written(field, values[i])]);
    const kept = given.filter(([field, text]) => text !== "" && (field.isTyped || text !== written(field, field.default)));
    const isShared = link.onlyWhere === null || values[link.fields.length] === link.onlyWhere;
    lacking[tab] = isShared ? "too-long" : "own-corpus";
    asked[tab] = isShared ? await fragmentOf(tab, Object.fromEntries(kept.map(([field, text]) => [field.name, text]))) : null;
    showAddress(tab);
  };
  // Later, while the answer is on its way: it takes a browser some ten milliseconds.
  const showAddress = (tab) => setTimeout(() => {
    if (current === tab || !current) history.replaceState(null, "", address(asked[tab] ?? `#${tab}`));
  }, 0);
  const begin = (tab, values, isLive) => {
    bgeDemo.results.began(linkOf(tab).area, isLive);
    return remember(tab, values);
  };
  const arrived = (tab) => { shown[tab] = asked[tab]; };
  // The address is that of the result shown again. Where there is none it stays, to be tried once more.
  const failed = (tab) => {
    if (shown[tab] === undefined) return;
    asked[tab] = shown[tab];
    showAddress(tab);
  };

  // The visitor went to another tab
  const entered = (tab) => {
    // While a link opens its tab, gradio selects the first tab too, early or late: no visitor did that.
    if (isOpening || current === tab) return;
    const isFirst = !current;
    current = tab;
    // An error is of the tab that was left, where its reason stays; gradio shows it over every tab.
    bgeDemo.results.closeErrors();
    if (isFirst || opened.tab === tab) return;
    opened = { tab: "", values: {} };
    history.pushState(null, "", address(asked[tab] ?? `#${tab}`));
  };

  const open = async () => {
    opened = await readAddress();
    const tabs = window.gradio_config.workbench.tabs;
    if (!tabs.includes(opened.tab)) opened = { tab: current ? tabs[0] : "", values: {} };
    current = opened.tab || tabs[0];
    isOpening = Boolean(opened.tab);
    return opened.tab ? { __type__: "update", selected: opened.tab } : undefined;
  };
  const there = async (id) => {
    for (let i = 0; i < 100; i++) {
      const node = document.getElementById(id);
      if (node) return node;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return null;
  };
  const runButton = (link) => there(`${link.area}-run`);
  const fill = async (present) => {
    const link = linkOf(opened.tab);
    if (!link || !Object.keys(opened.values).length) return present.map(() => undefined);
    await runButton(link);
    let i = 0;
    return links.flatMap((one) => one.fields.map((field) => {
      const value = present[i++];
      return one === link ? readValue(field, opened.values[field.name], value) : undefined;
    }));
  };
  const run = async () => {
    isOpening = false;
    const link = linkOf(opened.tab || window.gradio_config.workbench.tabs[0]);
    const isNamed = Object.keys(opened.values).length > 0;
    if (location.search.includes("tab=")) history.replaceState(null, "", address(opened.tab ? `#${opened.tab}` : ""));
    if (link && (isNamed || link.runsAtStart)) (await runButton(link))?.click();
  };
  addEventListener("popstate", () => document.getElementById("open-link")?.click());

  // What is copied belongs to the result beside the button.
  const copy = async (button) => {
    const tab = button.dataset.share;
    const fragment = shown[tab] === undefined ? asked[tab] : shown[tab];
    const tell = (name, seconds = 2.5) => {
      const note = button.parentElement.querySelector(`.share-${name}`);
      note.hidden = false;
      setTimeout(() => { note.hidden = true; }, 1000 * seconds);
    };
    if (!fragment) return tell(lacking[tab] ?? "too-long", 8);
    const url = new URL(address(fragment), location.href).href;
    history.replaceState(null, "", url);
    // Browsers have no clipboard on plain http pages of other machines.
    try { await navigator.clipboard.writeText(url); tell("copied"); } catch { tell("in-bar"); }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-share]");
    if (button) copy(button);
  });

  bgeDemo.links = { isLinked, open, fill, run, begin, arrived, failed, entered, tabOfArea: (area) => links.find((one) => one.area === area)?.tab };
})();
