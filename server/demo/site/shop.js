// Calls made before the widget's loader is there wait in this array; the loader empties it.
window.Frontdesk = window.Frontdesk || [];

const basket = document.getElementById("basket");
for (const button of document.querySelectorAll("[data-add]")) {
  button.addEventListener("click", () => {
    basket.value = String(Number(basket.value) + 1);
    window.Frontdesk.push(["track", "added to the basket", { item: button.dataset.add }]);
  });
}

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => {
    const question = button.dataset.chat;
    window.Frontdesk.push(question ? ["newMessage", question] : ["open"]);
  });
}

const page = document.documentElement;
const night = document.getElementById("theme");

function dress(theme) {
  page.dataset.theme = theme;
  night.setAttribute("aria-pressed", String(theme === "dark"));
  window.Frontdesk.push(["setTheme", theme]);
}

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
dress(prefersDark.matches ? "dark" : "light");
prefersDark.addEventListener("change", () => dress(prefersDark.matches ? "dark" : "light"));
night.addEventListener("click", () => dress(page.dataset.theme === "dark" ? "light" : "dark"));
