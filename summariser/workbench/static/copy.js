// Buttons that copy a text: <button data-copy="ID"> beside an element with role="status" that says what became of it.
const textOf = (element) => element.value ?? element.textContent;

function select(element) {
  if (element.select) element.select();
  else getSelection().selectAllChildren(element);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const text = document.getElementById(button.dataset.copy);
  const status = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(textOf(text));
      status.textContent = status.dataset.copied;
    } catch { // no clipboard without https on another machine, or not allowed
      select(text);
      status.textContent = document.execCommand("copy") ? status.dataset.copied : status.dataset.select;
    }
  });
}
