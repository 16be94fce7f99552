// The card of a page outside the log-in, and what a token may meet.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { sentence } from "../app/http.ts";
import { t } from "../app/texts.ts";
import "../admin/admin.css";
import "../admin/parts.css";
import "./start.css";

export function OpenedCard({ title, lead, children }: { title: string; lead?: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} - Frontdesk`;
  }, [title]);
  return (
    <div class="login opened-card">
      <div class="a-stack tight">
        <h1 dir="auto">{title}</h1>
        {lead && <p class="soft">{lead}</p>}
      </div>
      {children}
    </div>
  );
}

export type Asked<T> = { state: "asking" } | { state: "known"; value: T } | { state: "refused"; text: string };

/** Ask once, such as what a link is for. */
export function useAsked<T>(ask: () => Promise<T>): Asked<T> {
  const [found, setFound] = useState<Asked<T>>({ state: "asking" });
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setFound({ state: "known", value }),
      (error) => wanted && setFound({ state: "refused", text: sentence(error) }),
    );
    return () => {
      wanted = false;
    };
  }, []);
  return found;
}

/** What is wrong with a new password, before the server is asked. */
export function passwordProblem(password: string): string | null {
  return password.length > 0 && password.length < PASSWORD_LEAST
    ? t("start.password_short", { least: PASSWORD_LEAST })
    : null;
}

export const PASSWORD_LEAST = 8;
