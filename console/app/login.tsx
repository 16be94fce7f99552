import { useState } from "preact/hooks";
import { isRefusal, sentence } from "./http.ts";
import { logIn, outBecause } from "./session.ts";
import { t } from "./texts.ts";
import { Button, Checkbox, Link, TextField } from "./ui/index.ts";

/** Who comes to the desk says who they are. */
export function LogIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [onDevice, setOnDevice] = useState(true);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const enter = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await logIn(email.trim(), password, onDevice);
    } catch (reason) {
      setError(isRefusal(reason, "unauthorized") ? t("app.wrong_password") : sentence(reason));
      setBusy(false);
    }
  };
  return (
    <main class="opened">
      <form class="login" onSubmit={enter}>
        <p class="wordmark">{t("app.name")}</p>
        <h1>{t("app.log_in_title")}</h1>
        {outBecause.value && <p class="told">{t(outBecause.value)}</p>}
        <TextField
          label={t("app.email")}
          type="email"
          autocomplete="username"
          required
          value={email}
          onInput={setEmail}
        />
        <TextField
          label={t("app.password")}
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={setPassword}
        />
        <Checkbox label={t("app.keep_me")} checked={onDevice} onChange={setOnDevice} />
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <Button kind="primary" type="submit" busy={busy}>
          {t("app.log_in")}
        </Button>
        <Link to="password">{t("app.forgot")}</Link>
      </form>
    </main>
  );
}
