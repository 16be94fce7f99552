// Light, dark, or as the device has it; kept on this device.
import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const NAME = "frontdesk.theme";

export const theme = signal<Theme>(kept());

/** Put the kept choice on the page. */
export function dress(): void {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
}

export function choose(chosen: Theme): void {
  theme.value = chosen;
  localStorage.setItem(NAME, chosen);
  dress();
}

function kept(): Theme {
  const found = localStorage.getItem(NAME);
  return found === "light" || found === "dark" ? found : "auto";
}
