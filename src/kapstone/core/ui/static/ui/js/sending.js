// When the sign-in has run out, nothing typed is lost: a form that htmx could not send is sent as
// the plain form it is, and its answer keeps what was typed; a screen that only watches says so.
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

document.addEventListener("htmx:responseError", ({ detail: { xhr, requestConfig } }) => {
  if (requestConfig.verb === "post" && [401, 403].includes(xhr.status)) sendPlainly(requestConfig);
  else if (xhr.status !== 401) return;
  else if ([...document.querySelectorAll("input, textarea")].some(isTyped)) say();
  else location.assign(`/sign-in/?next=${encodeURIComponent(location.pathname + location.search)}`);
});
