"use strict";
// Sends a request of the page to this octoq web, and shows its answer as text.

const longestShown = 64 * 1024; // characters of an answer
const longestWait = 70 * 1000;  // milliseconds, more than the API lets a request wait

for (const form of document.querySelectorAll("form.try")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

// requestOf is what a form asks for: its URL, and what fetch needs besides.
function requestOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = new Headers();
  for (const input of form.querySelectorAll("input[data-in]")) {
    const values = input.dataset.many ? input.value.split(",").map((v) => v.trim()).filter(Boolean) : [input.value];
    for (const value of values) {
      if (input.dataset.in === "path") {
        path = path.replace("{" + input.name + "}", encodeURIComponent(value));
      } else if (value !== "" && input.dataset.in === "query") {
        query.append(input.name, value);
      } else if (value !== "") {
        headers.set(input.name, value);
      }
    }
  }
  const token = document.getElementById("token").value.trim();
  const request = { method: form.dataset.method, headers, redirect: "error", signal: AbortSignal.timeout(longestWait) };
  if (token !== "") {
    headers.set("Authorization", "Bearer " + token);
    request.credentials = "omit"; // no session beside it, and no question of the browser's for a password
  }
  const body = form.querySelector("textarea");
  if (body !== null && body.value !== "") {
    headers.set("Content-Type", form.querySelector("select").value);
    request.body = body.value;
  }
  const search = query.toString();
  return [search === "" ? path : path + "?" + search, request];
}

async function send(form) {
  const button = form.querySelector("button");
  const answer = form.querySelector("output");
  button.disabled = true;
  answer.textContent = "…";
  try {
    const [url, request] = requestOf(form);
    const response = await fetch(url, request);
    const head = [...response.headers].map(([name, value]) => name + ": " + value).join("\n");
    answer.textContent = response.status + " " + response.statusText + "\n" + head + "\n\n";
    answer.textContent += await beginning(response);
  } catch (error) {
    answer.textContent += "\nThe answer did not come, or not to its end: " + error.message;
  } finally {
    button.disabled = false;
  }
}

// beginning reads no more of an answer than is shown.
async function beginning(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text;
    }
    text += value;
    if (text.length > longestShown) {
      await reader.cancel();
      return text.slice(0, longestShown) + "\n… the answer is longer";
    }
  }
}
