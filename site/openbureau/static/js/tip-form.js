// Walks through the tip-off form inside one page, so that the browser's Back, Forward and reload keep what was
// typed; without scripts each step is a page of its own. Answers of the form may not be stored (no-store), so Back
// to one of them would end on an error page. Here each answer takes the place of the page before, which stays in
// memory as it was left, and gets an entry in the browser's history that names its step and nothing else.
"use strict";

{
  const MAX_AWAY_MS = 60 * 60 * 1000;
  const NOT_CARRIED = ["form", "step", "go", "challenge", "proof", "answer", "website"];
  const main = document.getElementById("main");
  const address = document.getElementById("step-form").action;
  // Entry of the history -> what it shows.
  const pages = new Map();
  // What was typed last, by the name of its field, on whatever page.
  const typed = new Map();
  // How often something was typed: a page to look over is shown again only if nothing was typed since.
  let changes = 0;
  let receipt = null;
  let busy = false;
  let entry = 0;

  const FORM = "#step-form, #send-form";
  const formOf = () => main.querySelector(FORM);
  const stepOf = () => formOf()?.elements.step.value ?? "";
  const state = () => ({ entry, step: stepOf() });

  // The fields as they go to the server: what stands on this page, and for other pages what was typed last. The
  // last page shows what it sends, and sends nothing else.
  const fieldsOf = (form) => {
    const fields = new FormData(form);
    if (form.id === "send-form") return fields;
    const shown = [...form.elements].filter((field) => field.type !== "hidden").map((field) => field.name);
    for (const [name, values] of typed) {
      if (shown.includes(name)) continue;
      fields.delete(name);
      for (const value of values) fields.append(name, value);
    }
    return fields;
  };
  const withoutFiles = (fields) => {
    const words = new URLSearchParams();
    for (const [name, value] of fields) if (typeof value === "string") words.append(name, value);
    return words;
  };
  // The words come before the files: whether a form is let in is decided before a file is read.
  const filesLast = (fields) => {
    const sorted = new FormData();
    for (const [name, value] of fields) if (typeof value === "string") sorted.append(name, value);
    for (const [name, value] of fields) if (typeof value !== "string") sorted.append(name, value);
    return sorted;
  };

  // Over a reload, and a visit to another page, what was typed waits in the name of this window: in memory, in no
  // storage, and taken away by the browser when another site is opened in its place. It is always up to date, as
  // what a page says while it is being left comes too late for the one that takes its place.
  const remember = () => {
    const form = formOf();
    if (receipt) window.name = JSON.stringify({ receipt, at: Date.now() });
    else if (form) window.name = JSON.stringify({ fields: withoutFiles(fieldsOf(form)).toString(), at: Date.now() });
  };

  // The main part of the answer, or null when nobody answered in a page of this site.
  const ask = async (where, body) => {
    try {
      const answer = await fetch(where, { method: "POST", body });
      const read = new DOMParser().parseFromString(await answer.text(), "text/html");
      const part = read.getElementById("main");
      if (!part) return null;
      const step = part.querySelector(FORM)?.elements.step.value;
      // A page that is there already has its focus moved by arrive(), and browsers complain of the attribute.
      const focus = part.querySelector("[autofocus]");
      focus?.removeAttribute("autofocus");
      return { title: read.title, content: [...part.childNodes], step, changes, focus };
    } catch {
      return null;
    }
  };

  const current = () => ({ title: document.title, content: [...main.childNodes], step: stepOf(), changes });
  const show = (page) => {
    pages.set(entry, page);
    document.title = page.title;
    main.replaceChildren(...page.content);
    remember();
  };
  const arrive = (page) => {
    show(page);
    prepareForm();
    window.htmx?.process(main);
    window.scrollTo(0, 0);
    const focus = page.focus ?? main;
    focus.focus({ preventScroll: focus === main });
  };

  const sayUnanswered = () => {
    const words = document.createElement("div");
    words.className = "problems";
    words.setAttribute("role", "alert");
    words.textContent = "没有连上，或者本站这项功能暂时不能使用，还没有提交。填写的内容都在，请稍后再按一次。";
    main.querySelector("[data-unanswered]")?.remove();
    words.dataset.unanswered = "";
    formOf().prepend(words);
    words.scrollIntoView({ block: "center" });
  };

  const go = async (form, submitter) => {
    const where = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    const fields = fieldsOf(form);
    if (submitter?.name) fields.set(submitter.name, submitter.value);
    const token = fields.get("form");
    const before = stepOf();
    busy = true;
    form.setAttribute("aria-busy", "true");
    const page = await ask(where, where === address ? withoutFiles(fields) : filesLast(fields));
    busy = false;
    form.removeAttribute("aria-busy");
    if (!page) return sayUnanswered();
    pages.set(entry, current());
    const isSame = page.step === before;
    if (!isSame) entry += 1;
    arrive(page);
    if (main.querySelector(".receipt-code")) {
      receipt = { token, where, entry };
      typed.clear();
      pages.clear();
      pages.set(entry, page);
      remember();
    }
    // Told last: who hears of it finds the page as it is now.
    if (isSame) history.replaceState(state(), "");
    else history.pushState(state(), "");
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form !== formOf()) return;
    event.preventDefault();
    if (!busy) go(form, event.submitter);
  });
  const note = ({ target }) => {
    const form = target.form;
    if (!form || form !== formOf() || !target.name || target.type === "file") return;
    if (NOT_CARRIED.includes(target.name)) return;
    typed.set(target.name, new FormData(form).getAll(target.name));
    changes += 1;
    remember();
  };
  document.addEventListener("input", note);
  document.addEventListener("change", note);

  // The page of a step, asked for again with all that is known.
  const fetchStep = (fields, step) => {
    const words = withoutFiles(fields);
    words.set("step", step);
    words.set("go", step);
    return ask(address, words);
  };
  const fetchReceipt = ({ token, where }) => ask(where, new URLSearchParams({ form: token }));

  window.addEventListener("popstate", async ({ state: wanted }) => {
    if (!wanted) return;
    const form = formOf();
    const fields = form ? fieldsOf(form) : [["form", receipt?.token ?? ""]];
    if (form || entry === receipt?.entry) pages.set(entry, current());
    entry = wanted.entry;
    const kept = pages.get(entry);
    if (kept && (kept.step !== "send" || kept.changes === changes)) return show(kept);
    const page = await fetchStep(fields, wanted.step || "notice");
    if (page && entry === wanted.entry) arrive(page);
  });

  const handedOver = () => {
    try {
      const handed = JSON.parse(window.name);
      return Date.now() - handed.at < MAX_AWAY_MS ? handed : {};
    } catch {
      return {};
    }
  };

  const begin = async () => {
    const [{ type }] = performance.getEntriesByType("navigation");
    const handed = type === "navigate" ? {} : handedOver();
    const was = history.state;
    entry = was?.entry ?? 0;
    let page = null;
    if (handed.receipt) {
      receipt = handed.receipt;
      page = await (entry === receipt.entry ? fetchReceipt(receipt) : fetchStep([["form", receipt.token]], "notice"));
    } else if (handed.fields) {
      const fields = new URLSearchParams(handed.fields);
      for (const name of new Set(fields.keys())) {
        if (!NOT_CARRIED.includes(name)) typed.set(name, fields.getAll(name));
      }
      page = await fetchStep(fields, was?.step || fields.get("step"));
    }
    if (page) arrive(page);
    else pages.set(entry, current());
    history.replaceState(state(), "");
  };
  begin();
}
