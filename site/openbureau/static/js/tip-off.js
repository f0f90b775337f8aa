// Shortens the way through the tip-off form; everything works without it. It counts the story's characters,
// has the puzzle solved in the background so that nobody need do sums, and tells at once when files are too
// large. It writes nothing down anywhere.
"use strict";

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

// Browser's Back, Forward and reload keep what was typed. A page of the form answers a POST and may not be stored:
// reloaded, it is posted again, but Back would find nothing. So when it is left, its entry in the browser's
// history becomes that of the form's own address, and what was typed waits in a field that the browser itself
// fills in again on return (as it does with any form; nothing of it is in an address or a storage of ours): from
// there the page is posted anew in the place of the entry. What was typed on a page after that one comes along in
// the name of the window, which is emptied as soon as the next page has it.
const carrier = document.getElementById("carrier");
if (carrier) {
  const form = document.getElementById(carrier.dataset.form);
  const remember = () => {
    const typed = new FormData(form);
    typed.delete("files");
    typed.set("go", form.elements.step.value);
    carrier.value = new URLSearchParams(typed).toString();
  };
  const leave = () => {
    remember();
    history.replaceState(null, "", carrier.form.action);
  };
  const handed = new URLSearchParams(window.name);
  window.name = "";
  const resume = (typed, place) => {
    for (const name of ["step", "go"]) typed.set(name, place);
    for (const [name, value] of typed) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      carrier.form.append(field);
    }
    carrier.disabled = true;
    carrier.form.submit();
  };
  const isNewer = () => {
    const own = new FormData(form);
    const shared = (name) => !["step", "go", "at", "challenge", "proof", "answer"].includes(name);
    return (
      handed.get("form") === form.elements.form.value &&
      Date.now() - handed.get("at") < 10000 &&
      [...handed].some(([name, value]) => shared(name) && !own.getAll(name).includes(value))
    );
  };
  const [{ type }] = performance.getEntriesByType("navigation");
  if (type === "back_forward") {
    // The browser fills the field in a little after it has read the page; only a page that is still loading is
    // replaced by the next one, so loading is drawn out until then with pictures that nobody sees.
    let turns = 0;
    const wait = () => {
      turns += 1;
      if (carrier.value) {
        const typed = new URLSearchParams(carrier.value);
        resume(typed, typed.get("step"));
      } else if (turns < 100) {
        const picture = new Image();
        picture.onload = picture.onerror = wait;
        picture.src = `${carrier.dataset.picture}&turn=${turns}`;
      } else remember();
    };
    wait();
  } else if (isNewer()) resume(handed, form.elements.step.value);
  else remember();
  form.addEventListener("input", remember);
  document.addEventListener("submit", (event) => {
    if (event.target === form && !event.defaultPrevented) leave();
  });
  if (window.navigation) {
    navigation.addEventListener("navigate", (event) => {
      if (event.navigationType === "traverse" && !event.destination.sameDocument) {
        leave();
        window.name = `${carrier.value}&at=${Date.now()}`;
      }
    });
  }
}

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
