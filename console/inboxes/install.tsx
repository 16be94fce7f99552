import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { Card, Told } from "../admin/page.tsx";
import { Takeaway } from "../admin/parts.tsx";
import type { Checked, Inbox } from "../admin/shapes.ts";
import { patch, post } from "../app/http.ts";
import { has, t } from "../app/texts.ts";
import { Button, TextField, toast, trouble } from "../app/ui/index.ts";
import { rememberFound } from "../start/progress.ts";

/** The line for one's own site, and whether it is found there. */
export function Install({ inbox, onChanged }: { inbox: Inbox; onChanged: () => void }) {
  return (
    <div class="a-stack">
      <Card title={t("inboxes.snippet")} text={t("inboxes.snippet_text")}>
        <Takeaway
          label={t("inboxes.snippet_label")}
          text={snippet(inbox.public_key)}
          hint={t("inboxes.snippet_hint")}
          copyLabel={t("inboxes.snippet_copy")}
        />
        <details>
          <summary>{t("inboxes.snippet_where")}</summary>
          <ul class="prose bullets">
            <li>{t("inboxes.snippet_where_html")}</li>
            <li>{t("inboxes.snippet_where_builder")}</li>
            <li>{t("inboxes.snippet_where_policy", { origin: location.origin })}</li>
          </ul>
        </details>
      </Card>
      <Check inbox={inbox} onChanged={onChanged} />
    </div>
  );
}

export function snippet(publicKey: string): string {
  return `<script async src="${location.origin}/widget.js" data-inbox="${publicKey}"></script>`;
}

function Check({ inbox, onChanged }: { inbox: Inbox; onChanged: () => void }) {
  const [url, setUrl] = useState(inbox.settings.sites?.[0] ?? "");
  const [result, setResult] = useState<Checked>();
  const sending = useSending();
  const check = async (event?: Event) => {
    event?.preventDefault();
    if (sending.busy) return;
    setResult(undefined);
    const address = /^https?:\/\//i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
    setUrl(address);
    const told = await sending.run(() =>
      post<Checked>(`/inboxes/${inbox.id}/check`, { url: address }, { timeoutMs: 45_000 }),
    );
    if (told?.found) rememberFound(inbox.id);
    setResult(told);
  };
  const wrong = sending.error("url");
  const rest = sending.rest();
  return (
    <form onSubmit={check}>
      <Card title={t("inboxes.check")} text={t("inboxes.check_text")}>
        <div class="tools">
          <TextField
            label={t("inboxes.check_url")}
            inputMode="url"
            dir="ltr"
            placeholder="https://www.example.com/"
            required
            error={wrong}
            value={url}
            onInput={setUrl}
          />
          <Button type="submit" kind="primary" busy={sending.busy}>
            {t(sending.busy ? "inboxes.check_busy" : "inboxes.check_go")}
          </Button>
        </div>
        {rest && (
          <p class="error" role="alert">
            {rest}
          </p>
        )}
        {result && (
          <Told tone={result.found ? "green" : "amber"} title={title(result)}>
            <p>{result.message}</p>
            <p class="small" dir="ltr">
              {result.url}
            </p>
            {result.reason === "site_not_listed" && (
              <AllowSite
                inbox={inbox}
                url={result.url}
                onDone={() => {
                  onChanged();
                  void check();
                }}
              />
            )}
          </Told>
        )}
      </Card>
    </form>
  );
}

function title(result: Checked): string {
  const key = `inboxes.check_${result.reason}`;
  return has(key) ? t(key) : t(result.found ? "inboxes.check_found" : "inboxes.check_no_snippet");
}

function AllowSite({ inbox, url, onDone }: { inbox: Inbox; url: string; onDone: () => void }) {
  const [busy, setBusy] = useState(false);
  const { origin } = new URL(url);
  const allow = async () => {
    setBusy(true);
    try {
      const sites = [...(inbox.settings.sites ?? []), origin];
      await patch(`/inboxes/${inbox.id}`, { settings: { sites } });
      toast({ text: t("inboxes.site_allowed", { site: origin }), tone: "good" });
      onDone();
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  return (
    <Button size="s" busy={busy} onClick={() => void allow()}>
      {t("inboxes.site_allow", { site: origin })}
    </Button>
  );
}
