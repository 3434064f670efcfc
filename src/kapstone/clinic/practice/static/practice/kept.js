// After a tap: a short buzz, and an undo that leaves when its time is over.
navigator.vibrate?.(20);
for (const form of document.querySelectorAll("[data-goes-after]")) {
  setTimeout(() => form.remove(), Number(form.dataset.goesAfter) * 1000);
}
