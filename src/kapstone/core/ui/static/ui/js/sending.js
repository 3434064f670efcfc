// When the sign-in has run out, nothing typed is lost: a form that htmx could not send is sent as
// the plain form it is, and its answer keeps what was typed; a screen that only watches says so.
// A save that was answered with a fault, or not at all, says so where it is seen and heard.
const WORDS = "You are signed out. What you typed is still here: save it, and sign in when asked.";

function sendPlainly({ path, formData }) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: path, hidden: true });
  for (const [name, value] of formData) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

const isTyped = (field) =>
  field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked);

function say() {
  if (document.getElementById("signed-out")) return;
  const place = document.createElement("p");
  Object.assign(place, { id: "signed-out", className: "message amber", textContent: WORDS });
  place.setAttribute("role", "alert");
  document.getElementById("main")?.before(place);
}

const NOT_SAVED = {
  0: "Not saved: there is no answer from the clinic. What you typed is still here. Try again.",
  404: "Not saved: this is no longer here, or no longer open to you. Load the page anew.",
  409: "Not saved: somebody wrote here in the same moment. Load the page anew, look, and save again.",
  413: "Not saved: it is too long.",
  429: "Not saved: too much at once. Wait a moment, and save again.",
};
const FAULT = "Not saved: something went wrong here. What you typed is still here. Try again, and tell someone if it stays so.";

function sayNotSaved(status) {
  document.getElementById("not-saved")?.remove();
  const place = document.createElement("p");
  Object.assign(place, { id: "not-saved", className: "message red", textContent: NOT_SAVED[status] ?? FAULT });
  place.setAttribute("role", "alert");
  place.tabIndex = -1;
  document.getElementById("main")?.before(place);
  place.scrollIntoView({ block: "nearest" });
}

const saves = ({ requestConfig }) => requestConfig?.verb === "post";

document.addEventListener("htmx:sendError", ({ detail }) => saves(detail) && sayNotSaved(0));
document.addEventListener("htmx:timeout", ({ detail }) => saves(detail) && sayNotSaved(0));
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (saves(detail) && detail.xhr.status < 400) document.getElementById("not-saved")?.remove();
});
document.addEventListener("htmx:responseError", ({ detail: { xhr, requestConfig } }) => {
  if (requestConfig.verb === "post" && [401, 403].includes(xhr.status)) sendPlainly(requestConfig);
  else if (requestConfig.verb === "post") sayNotSaved(xhr.status);
  else if (xhr.status !== 401) return;
  else if ([...document.querySelectorAll("input, textarea")].some(isTyped)) say();
  else location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname + location.search)}`);
});
