import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { Card } from "../admin/page.tsx";
import { Radios, Takeaway } from "../admin/parts.tsx";
import type { Access, Inbox } from "../admin/shapes.ts";
import { del, post } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { Badge, Button, Checkbox, Confirm, Dialog, TextArea, TextField, trouble } from "../app/ui/index.ts";
import { AccessShown } from "./access.tsx";

/** Keys that prove who a visitor is, and the access of an `api` inbox. */
export function Security({ inbox, onChanged }: { inbox: Inbox; onChanged: () => void }) {
  return (
    <div class="a-stack">
      <IdentityKeys inbox={inbox} onChanged={onChanged} />
      {inbox.channel === "api" && <ApiAccess inbox={inbox} />}
      <Card title={t("inboxes.public_key")} text={t("inboxes.public_key_text")}>
        <Takeaway label={t("inboxes.public_key")} text={inbox.public_key} />
      </Card>
    </div>
  );
}

function IdentityKeys({ inbox, onChanged }: { inbox: Inbox; onChanged: () => void }) {
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const remove = async (kid: string) => {
    setBusy(true);
    try {
      await del(`/inboxes/${inbox.id}/identity_keys/${encodeURIComponent(kid)}`);
      setRemoving(null);
      onChanged();
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      title={t("inboxes.keys")}
      text={t("inboxes.keys_text")}
      actions={
        <Button size="s" icon="plus" onClick={() => setAdding(true)}>
          {t("inboxes.keys_add")}
        </Button>
      }
    >
      {inbox.identity_keys.length === 0 && <p class="hint">{t("inboxes.keys_none")}</p>}
      {inbox.identity_keys.length > 0 && (
        <ul class="rows">
          {inbox.identity_keys.map((one) => (
            <li key={one.kid}>
              <code class="grow">{one.kid}</code>
              <Badge>{one.alg}</Badge>
              <Button size="s" kind="danger" onClick={() => setRemoving(one.kid)}>
                {t("inboxes.keys_remove")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <AddKey
          inbox={inbox}
          onClose={() => {
            setAdding(false);
            onChanged();
          }}
        />
      )}
      {removing !== null && (
        <Confirm
          title={t("inboxes.keys_remove_title", { kid: removing })}
          text={t("inboxes.keys_remove_text")}
          action={t("inboxes.keys_remove")}
          danger
          busy={busy}
          onConfirm={() => void remove(removing)}
          onClose={() => setRemoving(null)}
        />
      )}
    </Card>
  );
}

function AddKey({ inbox, onClose }: { inbox: Inbox; onClose: () => void }) {
  const [kid, setKid] = useState(`site-${inbox.identity_keys.length + 1}`);
  const [alg, setAlg] = useState<"HS256" | "EdDSA">("HS256");
  const [pem, setPem] = useState("");
  const [made, setMade] = useState<string | null>(null);
  const sending = useSending();
  const add = async (event: Event) => {
    event.preventDefault();
    const key = await sending.run(() =>
      post<{ key: string | null }>(`/inboxes/${inbox.id}/identity_keys`, {
        kid: kid.trim(),
        alg,
        ...(alg === "EdDSA" ? { key: pem } : {}),
      }),
    );
    if (!key) return;
    if (key.key) setMade(key.key);
    else onClose();
  };
  if (made !== null) {
    return (
      <Dialog
        title={t("inboxes.keys_made")}
        onClose={onClose}
        actions={
          <Button kind="primary" onClick={onClose}>
            {t("inboxes.access_kept")}
          </Button>
        }
      >
        <p class="notice amber">{t("inboxes.access_note")}</p>
        <Takeaway label={t("inboxes.keys_secret", { kid })} text={made} />
      </Dialog>
    );
  }
  const rest = sending.rest();
  return (
    <Dialog
      title={t("inboxes.keys_add")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="new-key" busy={sending.busy}>
            {t("inboxes.keys_add_go")}
          </Button>
        </>
      }
    >
      <form id="new-key" class="a-stack" onSubmit={add}>
        <TextField
          label={t("inboxes.keys_kid")}
          hint={t("inboxes.keys_kid_hint")}
          dir="ltr"
          required
          error={sending.error("kid")}
          value={kid}
          onInput={setKid}
        />
        <Radios
          label={t("inboxes.keys_alg")}
          name="alg"
          value={alg}
          choices={[
            { value: "HS256", label: "HS256", hint: t("inboxes.keys_hs256") },
            { value: "EdDSA", label: "EdDSA", hint: t("inboxes.keys_eddsa") },
          ]}
          onChange={setAlg}
        />
        {alg === "EdDSA" && (
          <TextArea
            label={t("inboxes.keys_pem")}
            dir="ltr"
            rows={5}
            required
            error={sending.error("key")}
            value={pem}
            onInput={setPem}
          />
        )}
        {rest && (
          <p class="error" role="alert">
            {rest}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function ApiAccess({ inbox }: { inbox: Inbox }) {
  const [replace, setReplace] = useState(false);
  const [made, setMade] = useState<Access>();
  const sending = useSending();
  const renew = async () => {
    const access = await sending.run(() => post<Access>(`/inboxes/${inbox.id}/access`, { replace }));
    if (access) setMade(access);
  };
  const rest = sending.rest();
  return (
    <Card title={t("inboxes.access")} text={t("inboxes.access_text")}>
      <Checkbox
        label={t("inboxes.access_replace")}
        hint={t("inboxes.access_replace_hint")}
        checked={replace}
        onChange={setReplace}
      />
      <div>
        <Button busy={sending.busy} onClick={() => void renew()}>
          {t("inboxes.access_renew")}
        </Button>
      </div>
      {rest && (
        <p class="error" role="alert">
          {rest}
        </p>
      )}
      {made && <AccessShown access={made} />}
    </Card>
  );
}
