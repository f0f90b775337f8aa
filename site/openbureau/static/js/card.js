// The buttons of a card that need a script: hand its address on, copy a text. Without this file they stay hidden; the
// address stands on the page.

const canShare = "share" in navigator;
const canCopy = Boolean(navigator.clipboard);

for (const button of document.querySelectorAll("[data-share], [data-copy]")) {
  if (canCopy || (canShare && button.dataset.share)) button.closest("[data-scripted]").hidden = false;
}

async function copied(button, text) {
  await navigator.clipboard.writeText(text);
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = "已复制";
  document.getElementById("said").textContent = "已复制";
  setTimeout(() => { label.textContent = before; }, 2000);
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-share], [data-copy]");
  if (!button) return;
  const { share: url, title, copy } = button.dataset;
  if (copy) return copied(button, document.getElementById(copy).textContent.trim());
  if (!canShare) return copied(button, `${title} ${url}`);
  // Whoever closes the sheet of the telephone has changed their mind: that is no fault.
  await navigator.share({ title, url }).catch(() => {});
});
