// The controls' words in the page's language: put in before anything is drawn, and exchanged at once by the switch. They
// come from the server as data.
(() => {
  "use strict";
  const workbench = window.gradio_config?.workbench ?? {};
  const labels = workbench.labels ?? [];
  const started = bgeDemo.preferredLanguage();
  const components = new Map((window.gradio_config?.components ?? []).map((one) => [one.id, one]));
  for (const { id, words } of labels) {
    const props = components.get(id)?.props ?? {};
    Object.assign(props, words[started]);
    // A table shows those beside its rows.
    if (props.value?.headers && words[started].headers) props.value.headers = words[started].headers;
  }
  const language = components.get(workbench.language);
  if (language) language.props.value = started;

  // One update for each labelled component, in the order of the wiring
  const say = (language) => labels.map(({ words }) => ({ __type__: "update", ...words[language] }));
  bgeDemo.labels = { say };
})();
