// What a page needs beside htmx. Everything works without it.

// htmx notes in sessionStorage which page was open last. This site leaves nothing in a visitor's browser:
// without a store htmx goes on as it does where the browser forbids one.
Object.defineProperty(window, "sessionStorage", { value: null });

document.addEventListener("htmx:afterSettle", ({ target }) => {
  // Screen readers say what changes in a region that was there before; a new region often stays unsaid.
  const news = target.querySelector("[data-news]");
  if (news) document.getElementById("said").textContent = news.textContent;
  // The links to other forms of the page follow what is now chosen on it.
  for (const link of document.querySelectorAll("#variants a, .menu [hreflang]")) link.search = location.search;
});
