// Shortens the way through the tip-off form; everything works without it. It counts the story's characters,
// has the puzzle solved in the background so that nobody need do sums, and tells at once when files are too
// large. It writes nothing down anywhere.
"use strict";

function countStory() {
  const story = document.getElementById("story");
  if (story) {
    const count = document.getElementById("story-count");
    const longest = Number(story.dataset.longest);
    const tell = () => {
      const length = [...story.value].length;
      count.textContent = length > longest ? `已写${length}字，超出${length - longest}字` : `已写${length}字`;
    };
    story.addEventListener("input", tell);
    tell();
  }
}

function solvePuzzle() {
  const proof = document.getElementById("proof");
  if (proof && window.Worker) {
    const form = document.getElementById("send-form");
    const sum = document.getElementById("sum");
    const submit = form.querySelector("[data-waiting]");
    const words = submit.textContent;
    let wanted = false;
    const asked = sum.querySelector("[aria-invalid]") !== null;
    const giveUp = () => {
      sum.hidden = false;
      submit.textContent = words;
      submit.disabled = false;
      wanted = false;
      proof.dataset.failed = "yes";
    };
    const worker = new Worker(proof.dataset.worker);
    worker.onerror = giveUp;
    worker.onmessage = (event) => {
      proof.value = event.data;
      if (wanted) {
        submit.textContent = words;
        submit.disabled = false;
        form.requestSubmit(submit);
      }
    };
    if (!asked) sum.hidden = true;
    // A form that came back with its puzzle solved needs no second one.
    if (!proof.value) worker.postMessage({ challenge: form.elements.challenge.value, bits: Number(proof.dataset.bits) });
    form.addEventListener("submit", (event) => {
      const free = form.dataset.puzzleFor === "files" && !form.elements.files.files.length;
      if (free || event.submitter !== submit || proof.value || proof.dataset.failed || form.elements.answer.value) return;
      event.preventDefault();
      wanted = true;
      submit.disabled = true;
      submit.textContent = submit.dataset.waiting;
    });
  }
}

function weighFiles() {
  const files = document.getElementById("files");
  if (files) {
    let told = "";
    files.addEventListener("change", () => {
      const chosen = [...files.files];
      const together = chosen.reduce((total, file) => total + file.size, 0);
      const most = files.dataset;
      const long = chosen.find((file) => file.size > most.fileMb * 1024 * 1024);
      told = "";
      if (chosen.length > most.files) told = `最多上传${most.files}个文件，请减少后重新选择。`;
      else if (long) told = `“${long.name}”超过${most.fileMb}MB，请压缩或者分开后再上传。`;
      else if (together > most.togetherMb * 1024 * 1024) told = `文件合计超过${most.togetherMb}MB，请减少或者压缩后重新选择。`;
      let place = document.getElementById("files-error");
      if (!place) {
        place = document.createElement("span");
        place.id = "files-error";
        place.className = "error-text";
        place.setAttribute("role", "alert");
        files.after(place);
      }
      place.textContent = told;
    });
    files.form.addEventListener("submit", (event) => {
      if (!told || event.submitter.formNoValidate || event.submitter.name) return;
      event.preventDefault();
      files.focus();
    });
  }
}

// What a page of a form needs as soon as it is there: loaded, or put in the place of another one (tip-form.js).
function prepareForm() {
  countStory();
  solvePuzzle();
  weighFiles();
}
prepareForm();
