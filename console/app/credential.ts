// Where the session's token is kept: for this tab, or on this device until logged out.

const NAME = "frontdesk.session";

export function kept(): string | null {
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
}

export function keep(token: string, onDevice: boolean): void {
  forget();
  (onDevice ? localStorage : sessionStorage).setItem(NAME, token);
}

/** Whether it outlives this tab. */
export function keptOnDevice(): boolean {
  return localStorage.getItem(NAME) !== null;
}

export function forget(): void {
  sessionStorage.removeItem(NAME);
  localStorage.removeItem(NAME);
}

/** Logged in or out in another tab. */
export function onElsewhere(told: () => void): void {
  addEventListener("storage", (event) => {
    if (event.key === NAME || event.key === null) told();
  });
}
